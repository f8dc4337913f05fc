// The chat on the desk: newest first, each question with its answer and what became of it.
import { el, say, words } from "./page.js";

const LIMIT = 200;

export class ChatList {
  constructor(list, none, channels) {
    Object.assign(this, { list, none, channels });
    this.messages = new Map();
    this.nodes = new Map();
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
    this.count();
  }

  forget(id) {
    this.messages.delete(id);
    this.nodes.get(id)?.remove();
    this.nodes.delete(id);
  }

  draw(message) {
    const node = this.item(message), old = this.nodes.get(message.id);
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
    this.channels.replaceChildren(...[...counts].map(([channel, n]) => el("span.chip", {}, `${channelName(channel)} ${n}`)));
  }
}

const channelName = (channel) => words["channel_" + channel] ?? channel;

function ago(at) {
  const s = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
  return s < 3 ? say("just_now") : s < 100 ? say("ago", { s }) : say("minutes_ago", { m: Math.round(s / 60) });
}
