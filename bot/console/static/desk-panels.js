// The panels of the desk, each drawn from what is known.
import { $, el, image, picture, say, words } from "./page.js";

const two = (n) => String(n).padStart(2, "0");
export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds)), h = Math.floor(s / 3600);
  return h ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

// Seconds since the last state, while time may be said to go on.
function since({ state, stateAt, linked, connected }) {
  return state?.air === "live" && linked && connected ? (performance.now() - stateAt) / 1000 : 0;
}

// ---- head

const chip = (kind, text) => el(`span.chip${kind ? "." + kind : ""}`, {}, text);

export function showChips(known) {
  const { hello, state, presence } = known, chips = [];
  if (state) {
    const live = state.air === "live";
    const air = live ? el("span.chip.live", {}, say("on_air") + " ", el("span", { id: "elapsed" }, span(state.elapsed + since(known))))
      : chip(state.air === "hold" || state.air === "failed" ? "bad" : "quiet", say("air_" + state.air));
    chips.push(air);
  }
  if (hello) chips.push(chip("", say("mode_" + hello.mode)), chip("quiet", words["channel_" + hello.platform] ?? hello.platform));
  if (hello) chips.push(hello.answers_wait ? chip("warn", say("answers_wait")) : chip("quiet", say("answers_air")));
  if (state && state.cohost !== "absent" || presence?.needed.length)
    chips.push(chip({ present: "good", late: "bad" }[state?.cohost] ?? "warn",
      presence?.name ? `${presence.name} · ${say(state?.cohost ?? presence.status)}` : say("cohost_" + (state?.cohost ?? presence.status))));
  if (state) {
    chips.push(chip(state.label ? "good" : "quiet", say(state.label ? "label_on" : "label_off")));
    if (state.policy !== "clear") chips.push(chip(state.policy === "warn" ? "warn" : "bad", say("policy_" + state.policy)));
  }
  $("chips").replaceChildren(...chips);
}

export function showBanner({ state, ended, linked, connected }) {
  const text = !connected ? say("desk_reconnecting")
    : ended ? [say("desk_ended", { reason: ended.reason }), ended.recording && `${say("recording_at")}: ${ended.recording}`,
      ended.ledger && `${say("ledger_at")}: ${ended.ledger}`].filter(Boolean).join(" · ")
    : !linked ? say("link_lost")
    : state?.reasons.length ? state.reasons.join(" · ") : "";
  if ($("banner").textContent !== text) $("banner").textContent = text;
  $("banner").hidden = !text;
  $("banner").classList.toggle("calm", connected && (Boolean(ended) || state?.air === "live"));
}

export function clock(known) {
  const on = since(known), elapsed = $("elapsed"), cueLeft = $("cue-left");
  if (elapsed && known.state) elapsed.textContent = span(known.state.elapsed + on);
  if (cueLeft && known.state) cueLeft.textContent = left(known.state.cue_left - on);
  const countdown = $("challenge-left");
  if (countdown && known.challenge?.until) countdown.textContent = say("challenge_left", { s: Math.max(0, Math.ceil((known.challenge.until - performance.now()) / 1000)) });
}

// ---- what is said

// Text with its checked statements marked. Positions count characters, as in the message (code points).
function marked(line) {
  const chars = [...line.text], parts = [];
  let at = 0;
  for (const { start, end, fact } of [...line.marks].sort((a, b) => a.start - b.start)) {
    if (start < at || end > chars.length) continue;
    parts.push(chars.slice(at, start).join(""), el(fact ? "mark" : "mark.open", fact ? { title: fact } : {}, chars.slice(start, end).join("")));
    at = end;
  }
  return [...parts, chars.slice(at).join("")];
}

function lineView(line) {
  if (line.status === "not_said") return notSaid(line);
  const note = [line.status === "next" ? say("next") : `${span(line.at)} · ${say(line.status)}`, words[`writer_${line.writer}`] ?? line.writer].filter(Boolean).join(" · ");
  return el(`div.line.${line.status}`, { lang: line.language }, el("small", {}, note), el("p", {}, ...marked(line)), ...line.findings.map(finding));
}

function notSaid(line) {
  return el("div.line.not-said", { lang: line.language },
    el("p", {}, el("b", {}, say("not_said") + " "), `“${line.text}” `),
    ...line.findings.map(finding));
}

const finding = ({ message, source, remedy, rule }) =>
  el("p.finding", { title: rule }, message, source && ` (${source})`, remedy && ` ${remedy}`);

const rank = { next: 1 }; // what comes next stands after what is said
export function showSaying({ lines }) {
  const box = $("lines");
  const ordered = [...lines.values()].sort((a, b) => (rank[a.status] ?? 0) - (rank[b.status] ?? 0) || a.at - b.at);
  const now = ordered.findLast((line) => line.status === "saying");
  box.replaceChildren(...(ordered.length ? ordered.slice(-60).map(lineView) : [$("no-lines") ?? el("p.quiet", {}, say("nothing_said"))]));
  const facts = now?.marks.filter((mark) => mark.fact).length ?? 0;
  $("facts").hidden = !facts;
  $("facts").textContent = facts === 1 ? say("facts_one") : say("facts_many", { n: facts });
  if (!box.matches(":hover, :focus-within")) follow(box, ".saying", 0.3);
}

function follow(box, selector, share) {
  const at = box.querySelector(selector);
  box.scrollTop = at ? at.offsetTop - box.clientHeight * share : box.scrollHeight;
}

// ---- rundown

const icon = { welcome: "☀", questions: "?", offer: "%", notice: "i", break: "–", goodbye: "✓" };

const left = (seconds) => say("left", { t: span(seconds) });

// Order and place by buttons, which also serve fingers and keys; a mouse may drag. Cues before the loop stay first: the show says no.
function pinIcon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS(svg.namespaceURI, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M8 3h8v2l-1 1v5l3 3v2h-5v5l-1 2-1-2v-5H6v-2l3-3V6L8 5z");
  svg.append(path);
  return svg;
}

function cueActs(cue, now, at, last, wish, pins) {
  const button = (sign, key, run, off) => {
    const made = el("button.slim", { type: "button", "aria-label": say(key, { title: cue.title }), title: say(key, { title: cue.title }), disabled: off }, sign);
    made.addEventListener("click", run);
    return made;
  };
  return el("span.cue-acts", {}, button("↑", "cue_up", () => wish.move(cue.id, -1), at === 0), button("↓", "cue_down", () => wish.move(cue.id, 1), last),
    button("▸", "cue_jump", () => wish.jump(cue.id), now),
    pins && cue.card ? button(pinIcon(), "cue_pin", () => wish.pin(cue.card.handle), cue.card.sold_out) : null);
}

function cueView(cue, state, done, at, last, wish, pins) {
  const now = cue.id === state?.cue, card = (now && state.card?.handle === cue.card?.handle && state.card) || cue.card;
  const kind = say("kind_" + cue.kind), same = kind.toLowerCase() === cue.title.toLowerCase();
  const about = [same ? "" : kind, card?.price, card?.sold_out ? say("sold_out") : card?.detail].filter(Boolean).join(" · ");
  return el(`li.cue${now ? ".now" : ""}${done ? ".done" : ""}`, { "data-cue": cue.id, draggable: "true", ...(now ? { "aria-current": "step" } : {}) },
    el("span.thumb", {}, card?.picture ? image({ src: picture(card.picture), alt: "", width: "40", height: "40", loading: "lazy" })
      : el("span", { "aria-hidden": "true" }, card ? String(card.number) : icon[cue.kind] ?? "·")),
    el("span.cue-text", {}, el("strong", {}, cue.title), el("small", {}, about)), cueActs(cue, now, at, last, wish, pins),
    el("span.cue-time", {}, now && state.cue_left > 0 ? el("span", { id: "cue-left" }, left(state.cue_left)) : span(cue.seconds)));
}

export function showRundown({ hello, state }, wish) {
  const rundown = hello?.rundown ?? [], at = rundown.findIndex((cue) => cue.id === state?.cue), box = $("rundown");
  const focused = document.activeElement?.closest?.("[data-cue]"), key = focused && box.contains(focused) ? focused.dataset.cue : null;
  const which = key && [...focused.querySelectorAll("button")].indexOf(document.activeElement);
  box.replaceChildren(...rundown.map((cue, n) => cueView(cue, state, n < at, n, n === rundown.length - 1, wish, Boolean(hello?.pins))));
  if (key) box.querySelector(`[data-cue="${CSS.escape(key)}"]`)?.querySelectorAll("button")[which]?.focus();
  else if (at >= 0 && !box.matches(":hover")) follow(box, ".now", 0);
}

// A cue is taken by the mouse and put before the one it is dropped on.
export function wireRundown(wish) {
  const box = $("rundown"), cueAt = (event) => event.target.closest?.("[data-cue]");
  let taken = null;
  box.addEventListener("dragstart", (event) => { taken = cueAt(event)?.dataset.cue ?? null; event.dataTransfer.effectAllowed = "move"; });
  box.addEventListener("dragover", (event) => { if (taken) { event.preventDefault(); for (const row of box.children) row.classList.toggle("over", row === cueAt(event)); } });
  box.addEventListener("drop", (event) => { event.preventDefault(); const on = cueAt(event)?.dataset.cue; if (taken && on && on !== taken) wish.put(taken, on); });
  box.addEventListener("dragend", () => { taken = null; for (const row of box.children) row.classList.remove("over"); });
}

// ---- co-host

export function showCohost({ presence, challenge, hello }) {
  const box = $("cohost");
  box.hidden = !presence || (hello?.mode === "clone" && presence.status === "absent" && !presence.needed.length);
  if (box.hidden) return;
  const list = (title, items, kind) => items.length ? el(`p.${kind}`, {}, el("b", {}, title + ": "), items.join(", ")) : null;
  const open = challenge && (!challenge.until || challenge.until > performance.now());
  box.replaceChildren(
    el("header", {}, el("h2.eyebrow", {}, say("cohost")),
      chip({ present: "good", late: "bad" }[presence.status] ?? "warn", [presence.name, words[presence.status] ?? presence.status].filter(Boolean).join(" · "))),
    ...[list(say("seen"), presence.evidence, "seen"), list(say("needed"), presence.needed, "needed"),
      open && el("p", {}, el("b", {}, say("challenge_open") + ": "), challenge.text, " ", el("small.quiet", { id: "challenge-left" }))].filter(Boolean));
}

// ---- figures

const units = [
  [/_ratio$/, (v) => `${(v * 100).toFixed(2)} %`],
  [/_ms$/, (v) => `${v.toFixed(Math.abs(v) < 10 ? 1 : 0)} ms`],
  [/_s$/, (v) => `${v.toFixed(1)} s`],
  [/_mb$/, (v) => (v >= 10000 ? `${(v / 1000).toFixed(1)} GB` : `${v.toFixed(0)} MB`)],
  [/_resting$/, (v) => say(v ? "fig_yes" : "fig_no")],
  [/_kbps$/, (v) => (v >= 1000 ? `${(v / 1000).toFixed(1)} Mb/s` : `${v.toFixed(0)} kb/s`)],
  [/_db$/, (v) => `${v.toFixed(1)} dB`],
  [/_lufs$/, (v) => `${v.toFixed(1)} LUFS`],
  [/./, (v) => v.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 })],
];
const shown = (name, value) => units.find(([pattern]) => pattern.test(name))[1](value);
// "sent.room": what, and on which channel.
function plain(name) {
  const [what, ...of] = name.split(".");
  const known = words["fig_" + what] ?? what.replace(/_(ratio|ms|s|mb|kbps|db|lufs)$/, "").replaceAll("_", " ");
  return [known, ...of].join(" · ");
}

function spark(points) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 120 30");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const values = points.map(([, value]) => value), low = Math.min(...values), high = Math.max(...values);
  const from = points[0][0], length = Math.max(1e-9, points.at(-1)[0] - from);
  const line = document.createElementNS(svg.namespaceURI, "polyline");
  line.setAttribute("points", points.map(([at, value]) =>
    `${(((at - from) / length) * 120).toFixed(1)},${high > low ? (27 - ((value - low) / (high - low)) * 24).toFixed(1) : 15}`).join(" "));
  svg.append(line);
  return svg;
}

// For /metrics alone: an operator needs no chart of them.
const unshown = new Set(["chat_received", "chat_unanswered", "ticks", "lagged", "repeated", "advanced", "worst_late_s", "busy_ms", "overlays_failed", "eye_dropped", "link_dropped",
  "ledger_entries", "gap_ms", "sent", "live", "alarm", "rollovers", "congestion", "private_mb", "av_step_ms", "momentary_lufs"]);
// What comes first, and from where on a figure wants a look (docs/operator.md tells the same limits).
const order = ["late_ratio", "skipped", "label_score", "label_unseen_s", "av_offset_ms", "studio_lead_s", "queue_ms", "dropped", "reconnects", "out_kbps", "chat_dropped", "chat_waiting", "question_s", "turn_s", "viewers", "orders", "llm_resting", "llm_tokens", "llm_money", "disk_free_mb", "rss_mb"];
const wants = { late_ratio: (v) => v > 0.01, label_score: (v) => v < 0.8, label_unseen_s: (v) => v > 1, av_offset_ms: (v) => Math.abs(v) > 60,
  studio_lead_s: (v) => v === 0, queue_ms: (v) => v > 1000, llm_resting: (v) => v > 0, disk_free_mb: (v) => v < 2000 };
const kindOf = (name) => name.split(".")[0];
const rankOf = (name) => (order.indexOf(kindOf(name)) + 1 || order.length + 1);

const ofLabel = new Set(["label_score", "label_unseen_s"]); // while a human alone is on, there is none to be seen

export function showFigures({ figures, viewers, state }) {
  const looks = (name, value) => wants[name]?.(value) && !(state?.label === false && ofLabel.has(name));
  const known = [...figures].filter(([name, points]) => points.length && !unshown.has(kindOf(name)));
  const tiles = known.sort(([a], [b]) => rankOf(a) - rankOf(b)).map(([name, points]) =>
    el(`div.figure${looks(kindOf(name), points.at(-1)[1]) ? ".look" : ""}`, {},
      el("small", {}, plain(name)), el("strong", {}, shown(kindOf(name), points.at(-1)[1])), points.length > 1 ? spark(points) : null));
  if (!figures.has("viewers")) tiles.push(el("div.figure", {}, el("small", {}, say("viewers")), el("strong", {}, viewers.toLocaleString(document.documentElement.lang))));
  if (!figures.size) tiles.push(el("p.quiet.none", {}, say("no_figures")));
  $("figures").replaceChildren(...tiles);
}
