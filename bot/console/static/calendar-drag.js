// Moving shows: by pointer (drag, and drag of the lower edge), and by keys. What stands against the new time is
// asked for while it moves and told beside it.
import { $, el, say } from "./page.js";
import { act, entryOf, settled, state } from "./calendar.js";
import { HOUR, STEP, clock, dayOf, ghost, minuteOf, movable, plus, tone, when } from "./calendar-grid.js";
import { askScope, openPlan } from "./calendar-dialog.js";

const ASK_MS = 120;
const NEAR = 6; // px before a press is a drag
const EDGE = 40;

const snap = (minutes) => Math.round(minutes / STEP) * STEP;

// Asks what stands against a plan; the newest question counts.
let question = 0;
let timer = 0;
export function tryPlan(body, told, wait = ASK_MS) {
  const mine = ++question;
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const answer = await act("try", body);
    if (mine === question) told(answer.ok ? answer.made : [{ kind: "error", text: answer.why }]);
  }, wait);
}
export const forgetTry = () => {
  question++;
  clearTimeout(timer);
};

function tip(x, y, title, found) {
  const node = $("tip");
  node.replaceChildren(el("b", {}, title), el("ul", {}, ...(found === null ? [] : found.length ? found.map((c) => el("li", {}, `⚠ ${c.text}`)) : [el("li.clear", {}, say("cal_clear"))])));
  node.hidden = false;
  node.style.left = `${Math.min(x + 18, innerWidth - node.offsetWidth - 10)}px`;
  node.style.top = `${Math.min(y + 14, innerHeight - node.offsetHeight - 10)}px`;
}

function endMove() {
  forgetTry();
  $("tip").hidden = true;
  ghost(null);
  document.querySelectorAll(".lifted").forEach((node) => node.classList.remove("lifted"));
  state.busy = false;
}

export const bodyOf = (entry, at, minutes) => ({ rule: entry.rule, slot: entry.slot, show: entry.show, at, minutes, scope: "one" });

// Keeps the new time of a planned show; asks whether all of a repeating one move.
async function keep(entry, at, minutes, found) {
  const scope = entry.repeats ? await askScope(found ?? []) : "one";
  if (!scope) return;
  const length = minutes === entry.minutes ? null : minutes;
  const body = { ...bodyOf(entry, at, length ?? (scope === "one" ? entry.minutes : null)), scope };
  await settled(await act("plan", body), say("cal_moved", { show: entry.title, when: when(at, minutes) }));
}

// The click that a browser makes of the end of a drag is none.
let dragged = -1000;
export const justDragged = () => performance.now() - dragged < 400;

export function startDragging() {
  $("cols").addEventListener("pointerdown", (event) => {
    const slot = event.target.closest(".slot");
    if (slot) pressed(event, slot);
    else pressedEmpty(event);
  });
  $("cols").addEventListener("click", (event) => {
    const slot = event.target.closest(".slot");
    if (slot && !justDragged()) openPlan({ entry: entryOf(slot.dataset.key) });
  });
  $("cols").addEventListener("keydown", keyed);
  $("cols").addEventListener("focusout", () => moving && !$("scope").open && letBe());
  $("shows").addEventListener("pointerdown", (event) => {
    const button = event.target.closest(".to-plan");
    const show = button && state.data.shows.find((s) => s.show === button.dataset.show);
    if (show && state.data.may_plan && event.pointerType !== "touch" && event.button === 0) {
      const made = { show: show.show, title: show.title, minutes: show.minutes };
      drag(event, button, made, { grab: 0, fresh: true });
    }
  });
}

function pressedEmpty(event) {
  const column = event.target.closest(".cal-col");
  if (!column || !state.data.may_plan || event.button !== 0) return;
  const { clientX, clientY } = event;
  const up = (end) => {
    if (Math.abs(end.clientX - clientX) + Math.abs(end.clientY - clientY) > NEAR || !state.data.shows.length) return;
    const from = Math.floor(((clientY - column.getBoundingClientRect().top) * 60) / HOUR / 30) * 30;
    const day = dayOf(state.data.first, Number(column.dataset.day));
    const show = state.data.shows[0];
    openPlan({ show: show.show, at: `${day}T${clock(from)}:00`, minutes: show.minutes });
  };
  column.addEventListener("pointerup", up, { once: true });
}

function pressed(event, slot) {
  const entry = entryOf(slot.dataset.key);
  if (!entry || !movable(state.data, entry) || event.button !== 0 || event.pointerType === "touch") return;
  const grab = ((event.clientY - slot.getBoundingClientRect().top) * 60) / HOUR;
  drag(event, slot, entry, { grab, resize: event.target.classList.contains("handle") });
}

function drag(event, source, entry, { grab, resize = false, fresh = false }) {
  const begin = { x: event.clientX, y: event.clientY };
  const from = { day: null, minute: null, minutes: entry.minutes };
  let now = { ...from };
  let found = null;
  let on = false;
  const colour = tone(state.data.shows, entry.show);

  const place = (x, y) => {
    const columns = [...document.querySelectorAll(".cal-col")].filter((c) => c.offsetParent);
    const column = columns.find((c) => x >= c.getBoundingClientRect().left && x < c.getBoundingClientRect().right);
    const box = $("scroll").getBoundingClientRect();
    if (!column || y < box.top || y > box.bottom) return null;
    const minute = ((y - column.getBoundingClientRect().top) * 60) / HOUR;
    if (resize) return { day: dayNumber(entry), minute: minuteOf(entry.at), minutes: Math.max(STEP, snap(minute - minuteOf(entry.at))) };
    return { day: Number(column.dataset.day), minute: Math.min(Math.max(snap(minute - grab), 0), 1440 - STEP), minutes: entry.minutes };
  };

  const move = (next) => {
    if (!on && Math.abs(next.clientX - begin.x) + Math.abs(next.clientY - begin.y) < NEAR) return;
    if (!on) {
      on = state.busy = true;
      if (source.isConnected) source.setPointerCapture(event.pointerId); // the page may have drawn anew since the press
      if (!fresh) source.classList.add("lifted");
    }
    const box = $("scroll").getBoundingClientRect();
    if (next.clientY > box.bottom - EDGE) $("scroll").scrollTop += 12;
    if (next.clientY < box.top + EDGE) $("scroll").scrollTop -= 12;
    const there = place(next.clientX, next.clientY);
    if (there === null) {
      ghost(null);
      $("tip").hidden = true;
      now = { ...from };
      return;
    }
    const changed = there.day !== now.day || there.minute !== now.minute || there.minutes !== now.minutes;
    now = there;
    const at = timeOf(now);
    if (changed) {
      found = null;
      ghost(entry.title, now.day, now.minute, now.minutes ?? 60, colour);
      const body = fresh ? { show: entry.show, at, minutes: entry.minutes } : bodyOf(entry, at, now.minutes);
      tryPlan(body, (answer) => on && ((found = answer), tip(next.clientX, next.clientY, when(at, now.minutes), found)));
    }
    tip(next.clientX, next.clientY, when(at, now.minutes), found);
  };

  const stop = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", stop);
    removeEventListener("keydown", escape, true);
    if (on) endMove();
    on = false;
  };
  const escape = (key) => {
    if (key.key === "Escape" && on) {
      dragged = performance.now();
      stop();
    }
  };
  const up = async () => {
    const was = on;
    const seen = found;
    stop();
    if (!was) return;
    dragged = performance.now();
    if (now.day === null) return;
    const at = timeOf(now);
    if (fresh) openPlan({ show: entry.show, at, minutes: entry.minutes });
    else if (at !== `${entry.at.slice(0, 16)}:00` || now.minutes !== entry.minutes) await keep(entry, at, now.minutes, seen);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", stop);
  addEventListener("keydown", escape, true);
}

const timeOf = ({ day, minute }) => `${dayOf(state.data.first, day)}T${clock(minute)}:00`;
const dayNumber = (entry) => entry.pieces[0]?.day ?? 0;

// ---- by keys

let moving = null; // {entry, at, minutes, found, node}

function letBe() {
  moving = null;
  endMove();
}

function keyed(event) {
  const slot = event.target.closest(".slot");
  const entry = slot && entryOf(slot.dataset.key);
  if (!entry) return;
  const arrow = { ArrowUp: -STEP, ArrowDown: STEP, ArrowLeft: -1440, ArrowRight: 1440 }[event.key];
  if (arrow && movable(state.data, entry)) {
    event.preventDefault();
    moving ??= { entry, at: entry.at, minutes: entry.minutes, found: null };
    if (event.shiftKey && Math.abs(arrow) === STEP) moving.minutes = Math.max(STEP, moving.minutes + arrow);
    else if (!event.shiftKey) moving.at = plus(moving.at, arrow);
    shown(slot);
  } else if (moving && event.key === "Escape") {
    event.preventDefault();
    letBe();
    $("told").textContent = when(entry.at, entry.minutes);
  } else if (moving && event.key === "Enter") {
    event.preventDefault();
    const { at, minutes, found } = moving;
    letBe();
    keep(entry, at, minutes, found);
  }
}

function shown(slot) {
  const mine = moving;
  state.busy = true;
  slot.classList.add("lifted");
  const first = new Date(`${state.data.first}T00:00:00Z`).getTime();
  const day = Math.floor((new Date(`${mine.at}Z`).getTime() - first) / 86400000);
  ghost(mine.entry.title, day, minuteOf(mine.at), mine.minutes, tone(state.data.shows, mine.entry.show));
  const title = when(mine.at, mine.minutes);
  const box = (document.querySelector(".slot.ghost") ?? slot).getBoundingClientRect();
  const tell = (found) => {
    if (moving !== mine) return;
    mine.found = found;
    tip(box.right - 10, box.top, title, found);
    $("told").textContent = `${title}. ${found.length ? found.map((c) => c.text).join(" ") : say("cal_clear")}`;
  };
  tip(box.right - 10, box.top, title, null);
  tryPlan(bodyOf(mine.entry, mine.at, mine.minutes), tell);
}
