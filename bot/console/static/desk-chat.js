// The chat on the desk: newest first, each question with its answer and what became of it. A press on a channel
// shows its chat alone; where a platform forbids its chat to be shown with another's, there is no other way.
import { el, say, words } from "./page.js";

const LIMIT = 200;

export class ChatList {
  constructor(list, none, channels) {
    Object.assign(this, { list, none, channels });
    this.messages = new Map();
    this.nodes = new Map();
    this.only = null;
    this.apart = false;
  }

  keepApart(apart) {
    this.apart = Boolean(apart);
    this.show(this.only);
  }

  show(channel) {
    const seen = [...new Set([...this.messages.values()].map((message) => message.channel))];
    this.only = this.apart && !seen.includes(channel) ? seen[0] ?? null : channel;
    for (const [id, node] of this.nodes) node.hidden = this.away(this.messages.get(id));
    this.count();
  }

  away(message) {
    return this.only !== null && message.channel !== this.only;
  }

  clear() {
    for (const node of this.nodes.values()) node.remove();
    this.messages.clear();
    this.nodes.clear();
    this.none.hidden = false;
  }

  take(message) {
    this.messages.set(message.id, message);
    const question = message.own && this.messages.get(message.reply_to);
    if (question) this.draw(question);
    else this.draw(message);
    if (this.messages.size > LIMIT) this.forget(this.messages.keys().next().value);
    this.none.hidden = true;
    if (this.apart && this.only === null) this.show(message.channel);
    else this.count();
  }

  forget(id) {
    this.messages.delete(id);
    this.nodes.get(id)?.remove();
    this.nodes.delete(id);
  }

  draw(message) {
    const node = this.item(message), old = this.nodes.get(message.id);
    node.hidden = this.away(message);
    if (old) old.replaceWith(node);
    else this.list.prepend(node);
    this.nodes.set(message.id, node);
  }

  item(message) {
    const answers = [...this.messages.values()].filter((other) => other.own && other.reply_to === message.id);
    const state = message.own || message.status === "shown" ? null
      : el(`p.fate.${message.status}`, {}, say("chat_" + message.status) + (message.reason ? `: ${message.reason}` : ""));
    return el("li", {},
      el("p.meta", {}, [message.own ? say("host") : message.viewer, channelName(message.channel)].join(" · ") + " · ", el("time", { datetime: message.at }, ago(message.at))),
      el(message.own ? "p.bubble" : "p", {}, message.text),
      ...answers.map((answer) => el("p.bubble", {}, answer.text)), state);
  }

  age() {
    for (const time of this.list.querySelectorAll("time")) {
      const text = ago(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  count() {
    const counts = new Map();
    for (const message of this.messages.values()) if (!message.own) counts.set(message.channel, (counts.get(message.channel) ?? 0) + 1);
    const one = counts.size < 2;
    this.channels.replaceChildren(...[...counts].map(([channel, n]) => one ? el("span.chip", {}, `${channelName(channel)} ${n}`) : this.chip(channel, n)));
  }

  chip(channel, n) {
    const shown = this.only === channel;
    const chip = el(`button.chip${this.only === null || shown ? "" : ".quiet"}`, { type: "button", "aria-pressed": String(shown) }, `${channelName(channel)} ${n}`);
    chip.addEventListener("click", () => this.show(shown && !this.apart ? null : channel));
    return chip;
  }
}

// "twitch-2" is the second channel of the show: another account of a platform that is there twice.
const channelName = (channel) => {
  const [, platform, number] = /^(.*)-(\d+)$/.exec(channel) ?? [null, channel, ""];
  return (words["channel_" + platform] ?? platform) + (number && ` #${number}`);
};

function ago(at) {
  const s = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
  return s < 3 ? say("just_now") : s < 100 ? say("ago", { s }) : say("minutes_ago", { m: Math.round(s / 60) });
}
