// Draws days as columns of wall-clock hours, with shows side by side where they overlap.
import { $, el, say } from "./page.js";

export const HOUR = 44; // px; calendar.css
export const STEP = 15; // minutes
const TONES = ["var(--teal)", "#8a5a2b", "#6b4fa0", "#2f6db0", "#a03c6b", "#4d7a2c", "#b0652f", "#4a5f6b"];

export const px = (minutes) => (minutes * HOUR) / 60;
export const two = (n) => String(n).padStart(2, "0");
export const clock = (minutes) => `${two(Math.floor(minutes / 60) % 24)}:${two(Math.floor(minutes) % 60)}`;

// Naive local times: reckoned as if they were UTC, so that no zone of this machine comes in.
export const at = (text) => new Date(`${text}Z`);
export const plus = (text, minutes) => new Date(at(text).getTime() + minutes * 60000).toISOString().slice(0, 19);
export const dayOf = (first, n) => plus(`${first}T00:00:00`, n * 1440).slice(0, 10);

export function dateWords(date, options) {
  const lang = document.documentElement.lang;
  return new Intl.DateTimeFormat(lang, { timeZone: "UTC", ...options }).format(at(`${date}T00:00:00`));
}

export function when(text, minutes) {
  const day = dateWords(text.slice(0, 10), { weekday: "short", day: "numeric", month: "short" });
  const until = minutes ? `–${plus(text, minutes).slice(11, 16)}` : "";
  return `${day}, ${text.slice(11, 16)}${until}`;
}

export function tone(shows, name) {
  const n = shows.findIndex((s) => s.show === name);
  return TONES[(n < 0 ? 7 : n) % TONES.length];
}

export function drawHours() {
  for (let h = 1; h < 24; h++) {
    const mark = el("span", {}, `${two(h)}:00`);
    mark.style.top = `${h * HOUR}px`;
    $("hours").append(mark);
  }
}

export function drawDays(data, chosen, choose) {
  const today = data.now.slice(0, 10);
  $("calendar").style.setProperty("--days", data.days.length);
  $("days").replaceChildren(
    ...data.days.map((day, n) => {
      const number = el("span", {}, dateWords(day.date, { day: "numeric" }));
      const name = el("b", {}, number, " ", el("span", {}, dateWords(day.date, { weekday: "short" })));
      const head = el("button", { type: "button" }, name, el("small", {}, day.covered), el("span.sr", {}, dateWords(day.date, { dateStyle: "full" })));
      head.classList.toggle("today", day.date === today);
      head.classList.toggle("full", day.full);
      head.classList.toggle("chosen", n === chosen);
      head.addEventListener("click", () => choose(n));
      return head;
    }),
  );
}

export function drawColumns(data, chosen) {
  const today = data.now.slice(0, 10);
  const columns = data.days.map((day, n) => {
    const column = el("div.cal-col", { "data-day": String(n) });
    column.classList.toggle("chosen", n === chosen);
    if (day.date === today) {
      column.classList.add("today");
      const line = el("div.line", {});
      line.style.top = `${px(minuteOf(data.now))}px`;
      column.append(line);
    }
    return column;
  });
  for (const duty of data.duties)
    for (const piece of duty.pieces) {
      const bar = el("div.duty", { title: `${duty.person} ${duty.since}–${duty.until}` });
      place(bar, piece);
      columns[piece.day].append(bar);
    }
  const parts = data.entries.flatMap((entry) => entry.pieces.map((piece) => ({ entry, piece })));
  for (const [n, column] of columns.entries())
    for (const { entry, piece, lane, lanes } of lanesOf(parts.filter((p) => p.piece.day === n)))
      column.append(slotOf(data, entry, piece, lane, lanes));
  $("cols").replaceChildren(...columns);
}

export const minuteOf = (text) => Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16));

function place(node, piece) {
  node.style.top = `${px(piece.from)}px`;
  node.style.height = `${Math.max(px(piece.to - piece.from) - 2, 20)}px`;
}

// Shows that overlap stand in lanes beside each other.
function lanesOf(parts) {
  const sorted = [...parts].sort((a, b) => a.piece.from - b.piece.from || b.piece.to - a.piece.to);
  const drawn = (p) => Math.max(p.piece.to, p.piece.from + 25);
  let group = [];
  let ends = 0;
  const done = [];
  const close = () => {
    const lanes = Math.max(...group.map((p) => p.lane)) + 1;
    for (const p of group) done.push({ ...p, lanes });
    group = [];
  };
  for (const part of sorted) {
    if (group.length && part.piece.from >= ends) close();
    let lane = 0;
    while (group.some((p) => p.lane === lane && drawn(p) > part.piece.from)) lane++;
    group.push({ ...part, lane });
    ends = Math.max(ends, drawn(part));
  }
  if (group.length) close();
  return done;
}

export function movable(data, entry) {
  return data.may_plan && entry.rule !== null && (entry.state === "planned" || entry.state === "missed");
}

function slotOf(data, entry, piece, lane, lanes) {
  const times = `${entry.since}–${entry.until || "…"}`;
  const state = entry.state === "planned" ? "" : say(`cal_state_${entry.state}`);
  const marks = [entry.repeats && "↻", entry.changed && "✎", entry.follower && `→ ${entry.follower}`, entry.cohost].filter(Boolean).join(" ");
  const clash = entry.conflicts.length ? `⚠ ${say("cal_blocked", { n: entry.conflicts.length })}` : "";
  const words = [entry.title, when(entry.at, entry.minutes), state, entry.note, entry.repeats && say("cal_repeats"), entry.changed && say("cal_changed"), entry.follower && say("cal_handover", { show: entry.follower }), ...entry.conflicts.map((c) => c.text)];
  const label = words.filter(Boolean).join(". ");
  const shown = [entry.title, state ? `${times} · ${state}` : times, clash, marks].filter(Boolean).join(" "); // who speaks to it says what is seen
  const node = el(
    `button.slot.${entry.state}`,
    { type: "button", "data-key": entry.key, "aria-label": `${shown}. ${label}`, title: label.replaceAll(". ", "\n") },
    el("b", {}, entry.title),
    " ",
    el("span", {}, state ? `${times} · ${state}` : times),
    clash && " ",
    clash && el("span.bad", {}, clash),
    marks && " ",
    marks && el("span.marks", {}, marks),
  );
  node.style.setProperty("--tone", tone(data.shows, entry.show));
  node.classList.toggle("short", piece.to - piece.from < 75);
  node.classList.toggle("clash", entry.conflicts.length > 0);
  if (movable(data, entry)) {
    node.classList.add("movable");
    node.append(el("span.handle", { "aria-hidden": "true" }));
  }
  place(node, piece);
  node.style.left = `calc(${(100 * lane) / lanes}% + 2px)`;
  node.style.width = `calc(${100 / lanes}% - 9px)`;
  return node;
}

// A show that is being moved: `day` and `from` as the pointer or the keys say.
export function ghost(title, day, from, minutes, colour) {
  document.querySelectorAll(".slot.ghost").forEach((old) => old.remove());
  if (title === null) return;
  const column = document.querySelector(`.cal-col[data-day="${day}"]`);
  if (!column) return;
  const node = el("div.slot.ghost", {}, el("b", {}, title), el("span", {}, `${clock(from)}–${clock(from + minutes)}`));
  node.style.setProperty("--tone", colour);
  place(node, { from, to: Math.min(from + minutes, 1440) });
  node.style.left = "2px";
  node.style.width = "calc(100% - 9px)";
  column.append(node);
}
