// The live desk. Everything on it comes from the show's messages; what is not known is not shown.
import { $, Socket, say } from "./page.js";
import { Player } from "./player.js";
import { act, arrange, giveWord, insertLine, notice, pin, wireActs } from "./desk-acts.js";
import { Alarms } from "./desk-alarms.js";
import { clock, showBanner, showChips, showCohost, showFigures, showRundown, showSaying, wireRundown } from "./desk-panels.js";
import { ChatList } from "./desk-chat.js";
import { PendingList } from "./desk-pending.js";

const show = encodeURIComponent($("desk").dataset.show);

// What the show said last, and when it said so (for clocks that run on between two messages).
const known = {
  hello: null, state: null, stateAt: 0, presence: null, challenge: null, ended: null,
  lines: new Map(), figures: new Map(), viewers: 0, linked: true, connected: false,
};
const LINES = 200, POINTS = 180;

const chatList = new ChatList($("chat"), $("no-chat"), $("channels"));

const pending = new PendingList($("pending"), giveWord);

// What the operator wants of the rundown, by cues.
const wish = {
  jump: (cue) => arrange({ jump: cue }),
  pin: (product) => pin(product),
  move(cue, by) {
    const order = known.hello.rundown.map(({ id }) => id), at = order.indexOf(cue);
    if (at < 0 || at + by < 0 || at + by >= order.length) return;
    order.splice(at + by, 0, ...order.splice(at, 1));
    arrange({ order });
  },
  put(cue, before) {
    const order = known.hello.rundown.map(({ id }) => id).filter((id) => id !== cue);
    order.splice(order.indexOf(before), 0, cue);
    arrange({ order });
  },
};
wireRundown(wish);

const alarms = new Alarms($("alarm-sound"));

const draw = {
  head() { showChips(known); showBanner(known); wireActs.enable(known); alarms.look(known); },
  rundown: () => showRundown(known, wish),
  saying: () => showSaying(known),
  cohost: () => showCohost(known),
  figures: () => showFigures(known),
};

function takeState(state, age = 0) {
  const before = known.state;
  known.state = state;
  known.stateAt = performance.now() - age * 1000;
  draw.head();
  if (!before || before.cue !== state.cue) draw.rundown();
}

const takers = {
  snapshot(all) {
    Object.assign(known, {
      hello: all.hello, presence: all.presence, challenge: all.challenge, ended: all.ended,
      viewers: all.viewers, linked: all.linked, connected: true, state: null,
    });
    known.lines = new Map(all.lines.map((line) => [line.id, line]));
    known.figures = new Map(Object.entries(all.figures));
    chatList.clear();
    chatList.keepApart(all.hello?.chats_apart);
    for (const message of all.chat) chatList.take(message);
    pending.clear();
    for (const message of all.pending) pending.take(message);
    if (all.state) takeState(all.state, all.state_age);
    for (const part of Object.values(draw)) part();
  },
  hello(hello) {
    known.hello = hello;
    chatList.keepApart(hello.chats_apart);
    if (known.ended) Object.assign(known, { ended: null, lines: new Map(), figures: new Map(), state: null });
    for (const part of Object.values(draw)) part();
  },
  state: (state) => takeState(state),
  line(line) {
    if (line.status === "taken_back") known.lines.delete(line.id);
    else known.lines.set(line.id, line);
    if (known.lines.size > LINES) known.lines.delete(known.lines.keys().next().value);
    draw.saying();
  },
  chat: (message) => chatList.take(message),
  pending(message) { pending.take(message); if (message.status === "waiting") alarms.notice(); },
  challenge(challenge) { known.challenge = { ...challenge, until: performance.now() + challenge.seconds * 1000 }; draw.cohost(); },
  presence(presence) { known.presence = presence; draw.cohost(); draw.head(); },
  health({ at, figures }) {
    for (const [name, value] of Object.entries(figures)) {
      const points = known.figures.get(name) ?? [];
      points.push([at, value]);
      known.figures.set(name, points.slice(-POINTS));
    }
    draw.figures();
    alarms.look(known);
  },
  ended(ended) { known.ended = ended; draw.head(); veil(player.state); },
  viewers({ number }) { known.viewers = number; draw.figures(); },
  notice,
  link({ linked }) { known.linked = linked; draw.head(); },
};

new Socket(`/console/${show}/feed`, {
  text: (message) => takers[message.type]?.(message),
  down() { known.connected = false; draw.head(); },
});

// Clocks run on between messages only while the show is linked and on air.
setInterval(() => { clock(known); chatList.age(); }, 500);

// ---- preview

const video = $("video");
const player = new Player(video, `/console/${show}/media`, {
  cover: $("cover"),
  onState: (state) => veil(state),
});
function veil(state) {
  const text = state === "playing" || known.ended ? "" : say(state === "unsupported" ? state : "reconnecting");
  $("veil").textContent = text;
  $("veil").hidden = !text;
}
function showSound() {
  $("sound").setAttribute("aria-pressed", String(!video.muted));
  $("sound").querySelector("span").textContent = say(video.muted ? "sound_on" : "sound_off");
}
$("sound").addEventListener("click", () => { video.muted = !video.muted; showSound(); });
video.addEventListener("volumechange", showSound);

wireActs(show, known);
window.castmate = { stats: () => player.stats(), player, act, insertLine, alarms };
