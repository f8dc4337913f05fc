// Answers that wait for a person's word: said as they stand, said as changed, or withheld.
import { el, say } from "./page.js";

const LIMIT = 40;

export class PendingList {
  constructor(list, decide) {
    Object.assign(this, { list, decide });
    this.nodes = new Map();
  }

  clear() {
    for (const node of this.nodes.values()) node.remove();
    this.nodes.clear();
    this.list.hidden = true;
  }

  take(message) {
    if (message.status !== "waiting") this.drop(message.id);
    else if (this.nodes.has(message.id)) this.nodes.get(message.id).back(message);
    else this.add(message);
    this.list.hidden = !this.nodes.size;
  }

  drop(id) {
    this.nodes.get(id)?.remove();
    this.nodes.delete(id);
  }

  add(message) {
    if (this.nodes.size >= LIMIT) this.drop(this.nodes.keys().next().value);
    const text = el("textarea", { rows: 3, maxLength: 500, lang: message.language, "aria-label": say("answer_text") });
    text.value = message.text;
    const yes = el("button.primary.slim", { type: "button" }, say("answer_say"));
    const no = el("button.slim", { type: "button" }, say("answer_withhold"));
    const word = async (ok) => {
      yes.disabled = no.disabled = true;
      const changed = text.value.trim() !== node.shown ? text.value.trim() : null;
      if (!await this.decide({ id: message.id, ok, text: ok ? changed : null })) yes.disabled = no.disabled = false;
    };
    yes.addEventListener("click", () => word(true));
    no.addEventListener("click", () => word(false));
    text.addEventListener("input", () => { yes.disabled = !text.value.trim(); });
    const found = el("p.finding", { role: "alert" });
    const node = el("li", {},
      el("p.meta", {}, `${message.viewer} · ${say("answer_waits")}`), el("p", {}, message.question), text, found, el("div.row", {}, yes, no));
    // The show says why it may not be said so: the words stay as they were typed.
    node.back = (again) => {
      node.shown = again.text;
      found.textContent = again.reason;
      found.hidden = !again.reason;
      yes.disabled = no.disabled = false;
    };
    node.back(message);
    this.nodes.set(message.id, node);
    this.list.append(node);
  }
}
