// The live room: picture, what is on the table, chat.
import { $, Socket, el, image, picture, say } from "./page.js";
import { Player } from "./player.js";

const show = encodeURIComponent($("room").dataset.show);
const view = { air: "soon", linked: true, playing: "connecting", viewers: 0 };

// ---- picture and sound

const video = $("video");
const player = new Player(video, `/room/${show}/media`, {
  cover: $("cover"),
  onState: (state) => { view.playing = state; veil(); },
  onShape: (ratio) => $("screen").style.setProperty("--ratio", ratio),
});

function veil() {
  const text =
    view.air === "ended" ? say("ended")
    : view.playing === "unsupported" || view.playing === "full" ? say(view.playing)
    : view.air === "hold" && view.playing === "playing" ? ""
    : view.playing === "playing" ? ""
    : view.air === "live" ? say("reconnecting") : say(view.air);
  $("veil").textContent = text;
  $("veil").hidden = !text;
  $("live").hidden = view.air !== "live" || view.playing !== "playing" || !view.linked;
  $("viewers").hidden = !view.viewers || view.air === "ended";
  $("sound").hidden = view.air === "ended" || view.playing === "unsupported";
  $("viewers-number").textContent = view.viewers.toLocaleString(document.documentElement.lang);
}

function showSound() {
  $("sound-text").textContent = say(video.muted ? "sound_on" : "sound_off");
  $("sound").classList.toggle("small", !video.muted);
}
$("sound").addEventListener("click", () => {
  video.muted = !video.muted;
  if (!video.muted) video.play().catch(() => { video.muted = true; });
  showSound();
});
video.addEventListener("volumechange", showSound);

// ---- what is on the table

let shownCard = "";
function showCard(card) {
  const key = JSON.stringify(card);
  if (key === shownCard) return;
  shownCard = key;
  $("offer").hidden = !card;
  $("offer").replaceChildren(...(card ? [cardView(card)] : []));
  for (const chip of document.querySelectorAll(".ware")) chip.classList.toggle("now", chip.dataset.handle === card?.handle);
}

function cardView(card) {
  const link = card.url ? { href: card.url, target: "_blank", rel: "noopener noreferrer nofollow" } : {};
  return el(card.url ? "a.card" : "div.card", link,
    el("span.card-picture", {}, el("b.number", {}, String(card.number)),
      card.picture && image({ src: picture(card.picture), alt: "", width: "96", height: "96" })),
    el("span.card-text", {},
      el("small.eyebrow", {}, say("on_the_table")),
      el("strong.card-title", {}, card.title),
      el("span.prices", {},
        el("span", { class: card.sold_out ? "price out" : "price" }, el("span.sr", {}, say("price") + " "), card.price),
        card.compare_at && el("s", {}, el("span.sr", {}, say("was") + " "), card.compare_at),
        card.sold_out && el("span.chip.sold", {}, say("sold_out"))),
      card.detail && el("small.detail", {}, card.detail),
      card.url && el("span.go", {}, say("see_offer"), el("span", { "aria-hidden": "true" }, " →"))));
}

function showGoods(goods) {
  const seen = new Map(goods.map((card) => [card.handle, card]));
  $("goods").hidden = seen.size < 2;
  $("goods").replaceChildren(...[...seen.values()].map((card) =>
    el(card.url ? "a.ware" : "span.ware",
      { "data-handle": card.handle, title: card.title, "aria-label": `${card.title}, ${card.price}`,
        ...(card.url ? { href: card.url, target: "_blank", rel: "noopener noreferrer nofollow" } : {}) },
      card.picture ? image({ src: picture(card.picture), alt: "", width: "44", height: "44" }) : el("b", {}, String(card.number)),
      el("small", {}, card.price))));
}

// ---- chat

const list = $("messages");
const items = new Map();   // id -> {node, message}
const mine = new Map();    // id -> what this page sent
const LIMIT = 200;

const isMine = (id) => [...mine.keys()].find((sent) => id === sent || id.endsWith(":" + sent) || id.endsWith("/" + sent));

function nearEnd() {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 60;
}

function showChat(message, quiet = false) {
  const own = isMine(message.id);
  if (own && own !== message.id) forget(own);
  const follow = nearEnd();
  const known = items.get(message.id);
  const node = chatItem(message, Boolean(own));
  if (known) known.node.replaceWith(node);
  else list.append(node);
  items.set(message.id, { node, message });
  $("empty").hidden = true;
  while (items.size > LIMIT) forget(items.keys().next().value);
  if (quiet || follow || own) list.scrollTop = list.scrollHeight;
  else if (!known) $("newer").hidden = false;
}

function chatItem(message, own) {
  const quoted = message.reply_to && items.get(message.reply_to)?.message;
  const note = message.own ? null : { answering: "answering", answered: "answered", sending: "sending" }[message.status];
  return el(`li.message${message.own ? ".from-host" : ""}${own ? ".mine" : ""}`, {},
    el("span.who", {}, message.own ? say("host") : message.viewer, own ? el("em", {}, ` (${say("you")})`) : null,
      note ? el(`span.status.${message.status}`, {}, say(note)) : null),
    quoted ? el("span.quote", {}, `${quoted.viewer}: ${quoted.text}`) : null,
    el("span.said", {}, message.text));
}

function forget(id) {
  items.get(id)?.node.remove();
  items.delete(id);
}

list.addEventListener("scroll", () => nearEnd() && ($("newer").hidden = true));
$("newer").addEventListener("click", () => { list.scrollTop = list.scrollHeight; $("newer").hidden = true; });

const takers = {
  snapshot(all) {
    for (const id of [...items.keys()]) if (!mine.has(id)) forget(id);
    view.linked = all.linked;
    takers.hello(all.hello);
    if (all.state) takers.state(all.state);
    if (all.ended) takers.ended();
    for (const message of all.chat) message.type === "chat" && showChat(message, true);
    takers.viewers({ number: all.viewers });
  },
  hello(hello) { showGoods(hello.goods); view.title = hello.title; },
  state(state) { view.air = state.air; showCard(state.card); veil(); },
  chat: (message) => showChat(message),
  chat_gone({ id }) { if (!isMine(id)) forget(id); },
  viewers({ number }) { view.viewers = number; veil(); },
  link({ linked }) { view.linked = linked; veil(); },
  ended() { view.air = "ended"; veil(); },
  sent({ ref, id, viewer }) {
    const text = pending.get(ref);
    if (text === undefined) return;
    pending.delete(ref);
    mine.set(id, text);
    if (!items.has(id)) showChat({ id, viewer, text, status: "shown" });
    refuse("");
  },
  refused({ ref, why, seconds }) {
    const text = pending.get(ref);
    pending.delete(ref);
    if (text !== undefined && !$("text").value) $("text").value = text; // what was typed is not lost
    refuse(say("refused_" + why, { seconds: Math.ceil(seconds ?? 0) }));
  },
};

const chat = new Socket(`/room/${show}/chat`, { text: (message) => takers[message.type]?.(message) });

// ---- writing

const pending = new Map(); // ref -> text
let refs = 0;

function refuse(text) {
  $("refusal").textContent = text;
  $("refusal").hidden = !text;
}

try { $("name").value = localStorage.getItem("castmate-name") ?? ""; } catch { /* storage may be forbidden: the name is just not remembered */ }

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim(), name = $("name").value.trim();
  if (!text) return;
  const ref = String(++refs);
  if (!chat.send({ text, name, ref })) return refuse(say("not_connected"));
  pending.set(ref, text);
  $("text").value = "";
  try { localStorage.setItem("castmate-name", name); } catch { /* as above */ }
});

showSound();
veil();
window.castmate = { stats: () => player.stats(), player };
