// What every page uses: its words, elements, a socket that comes back.

export const words = JSON.parse(document.getElementById("words").textContent);

export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const $ = (id) => document.getElementById(id);

// el("p.note", {title: "…"}, "text", node): text is always text, never markup.
export function el(kind, values = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(values)) {
    if (value === false || value === null || value === undefined) continue;
    if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value);
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false && child !== "") node.append(child);
  return node;
}

// A picture that cannot be had leaves no broken frame behind.
export function image(values) {
  const node = el("img", values);
  node.addEventListener("error", () => node.remove());
  return node;
}

export function socketUrl(path) {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
}

export function picture(path) {
  return path ? "/pictures/" + path.replace(/^\/?(pictures\/)?/, "").split("/").map(encodeURIComponent).join("/") : "";
}

// A socket that reconnects with backoff and jitter. handlers: text(message), binary(buffer), up(), down(code).
export class Socket {
  constructor(path, handlers) {
    this.path = path;
    this.handlers = handlers;
    this.tries = 0;
    this.over = false;
    this.connect();
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  connect() {
    clearTimeout(this.timer);
    const ws = (this.ws = new WebSocket(socketUrl(this.path)));
    ws.binaryType = "arraybuffer";
    ws.onopen = () => this.handlers.up?.();
    ws.onmessage = ({ data }) => {
      this.tries = 0; // only a message proves that the way is open
      if (typeof data === "string") this.handlers.text?.(JSON.parse(data));
      else this.handlers.binary?.(data);
    };
    ws.onclose = ({ code }) => {
      if (this.ws !== ws || this.over) return;
      this.handlers.down?.(code);
      const wait = Math.min(8000, 300 * 2 ** this.tries++) * (0.7 + 0.6 * Math.random());
      this.timer = setTimeout(() => this.connect(), code === 4408 ? 50 : wait);
    };
  }

  hurry() {
    if (!this.over && this.ws.readyState === WebSocket.CLOSED) this.connect();
  }

  // Drops the connection and makes a new one: the other side begins with what a newcomer needs.
  restart() {
    const ws = this.ws;
    this.ws = null;
    ws?.close();
    this.connect();
  }

  get open() {
    return this.ws?.readyState === WebSocket.OPEN;
  }

  send(value) {
    if (!this.open) return false;
    this.ws.send(value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? value : JSON.stringify(value));
    return true;
  }

  stop() {
    this.over = true;
    clearTimeout(this.timer);
    this.ws?.close();
  }
}
