// The calendar: what is on, the days, planning. Data comes with the page and again every few seconds.
import { $, el, say } from "./page.js";
import { dateWords, dayOf, drawColumns, drawDays, drawHours, minuteOf, px, tone } from "./calendar-grid.js";
import { justDragged, startDragging } from "./calendar-drag.js";
import { openPlan, startDialogs } from "./calendar-dialog.js";
import { drawRota, startRota } from "./calendar-rota.js";

const AGAIN_MS = 4000;
export const state = { data: JSON.parse($("data").textContent), chosen: 0, busy: false };

export async function act(path, body) {
  const answer = await fetch(`/calendar/${path}?lang=${document.documentElement.lang.slice(0, 2)}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-castmate": "desk" },
    body: JSON.stringify(body),
  }).catch(() => null);
  if (answer === null) return { ok: false, why: say("reconnecting") };
  const said = await answer.json().catch(() => ({}));
  return answer.ok ? said : { ok: false, why: typeof said.why === "string" ? said.why : String(answer.status) };
}

export function toast(text, bad = false) {
  const node = $("toast");
  node.textContent = text;
  node.classList.toggle("bad", bad);
  node.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (node.hidden = true), bad ? 7000 : 3000);
}

// After an act: told, and drawn anew.
export async function settled(answer, text) {
  toast(answer.ok ? text : say("cal_not_saved", { why: answer.why }), !answer.ok);
  await load();
  return answer.ok;
}

export const entryOf = (key) => state.data.entries.find((entry) => entry.key === key);

let asked = 0;
export async function load(date = state.data.first, view = state.data.view) {
  const turn = ++asked;
  const query = new URLSearchParams({ date, view, lang: document.documentElement.lang.slice(0, 2) });
  const answer = await fetch(`/calendar/data?${query}`).catch(() => null);
  if (!answer?.ok || turn !== asked) return;
  const moved = date !== state.data.first || view !== state.data.view;
  state.data = await answer.json();
  if (moved) {
    history.replaceState(null, "", `/calendar?date=${state.data.first}&view=${view}`);
    choose();
  }
  draw();
}

function choose() {
  const today = state.data.days.findIndex((day) => day.date === state.data.now.slice(0, 10));
  state.chosen = Math.max(today, 0);
}

function draw() {
  const { data } = state;
  if (state.busy) return; // something is being moved: its column must stay
  const focused = document.activeElement?.dataset?.key;
  drawDays(data, state.chosen, (n) => {
    if (matchMedia("(max-width: 720px)").matches || data.days.length === 1) {
      state.chosen = n;
      draw();
    } else load(data.days[n].date, "day");
  });
  drawColumns(data, state.chosen);
  drawNow(data);
  drawRota(data);
  const last = data.days.at(-1).date;
  const whole = { day: "numeric", month: "short", year: "numeric" };
  $("span").textContent = data.days.length === 1 ? dateWords(data.first, { dateStyle: "full" }) : `${dateWords(data.first, whole)} – ${dateWords(last, whole)}`;
  $("notes").replaceChildren(...data.days.flatMap((day) => day.notes.map((note) => el("p", {}, `${dateWords(day.date, { weekday: "long", day: "numeric", month: "long" })}: ${note}`))));
  for (const view of ["week", "day"]) $(view).setAttribute("aria-pressed", String(data.view === view));
  document.body.classList.toggle("narrow", data.days.length > 1 && matchMedia("(max-width: 720px)").matches);
  $("add").hidden = $("add-shift").hidden = !data.may_plan;
  if (!data.may_plan) $("hint").textContent = say("cal_read_only");
  if (focused) document.querySelector(`.slot[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function drawNow(data) {
  const running = data.running.map((run) => {
    const times = `${run.since}–${run.until || "…"}`;
    const name = data.may_desk ? el("a", { href: `/console/${encodeURIComponent(run.show)}` }, run.title) : el("strong", {}, run.title);
    const kind = run.state === "on_air" ? "span.chip.live" : "span.chip.warn";
    return el("span", { title: run.note }, el(kind, {}, say(`cal_state_${run.state}`)), " ", name, " ", times);
  });
  $("running").replaceChildren(el("strong", {}, say("cal_now")), ...(running.length ? running : [el("span.quiet", {}, say("cal_nothing_now"))]));
  const coming = data.coming.map((next) => el("span.quiet", {}, `${next.today ? "" : `${dateWords(next.date, { weekday: "short", day: "numeric" })} `}${next.since} ${next.title}`));
  $("coming").replaceChildren(el("strong", {}, say("cal_next")), ...(coming.length ? coming : [el("span.quiet", {}, say("cal_nothing_next"))]));
}

function drawShows(data) {
  const items = data.shows.map((show) => {
    const button = el("button.to-plan", { type: "button", "data-show": show.show, disabled: !data.may_plan }, el("span", {}, show.title), el("small", {}, `${show.minutes} min`));
    button.style.setProperty("--tone", tone(data.shows, show.show));
    button.addEventListener("click", () => justDragged() || openPlan({ show: show.show, at: soon(), minutes: show.minutes }));
    return el("li", {}, button);
  });
  $("shows").replaceChildren(...(items.length ? items : [el("li.quiet", {}, say("cal_no_shows"))]));
}

// The next quarter of an hour.
export function soon() {
  const { data } = state;
  const minutes = (Math.floor(minuteOf(data.now) / 15) + 1) * 15;
  const shown = data.days.some((day) => day.date === data.now.slice(0, 10));
  return shown ? new Date(new Date(`${data.now.slice(0, 10)}T00:00:00Z`).getTime() + minutes * 60000).toISOString().slice(0, 19) : `${data.days[0].date}T20:00:00`;
}

drawHours();
drawShows(state.data);
choose();
draw();
const early = Math.min(...state.data.entries.flatMap((e) => e.pieces.map((p) => p.from)), minuteOf(state.data.now));
$("scroll").scrollTop = Math.max(0, px(early - 60));
startDialogs();
startRota();
startDragging();

const step = (n) => load(dayOf(state.data.first, n * state.data.days.length), state.data.view);
$("earlier").addEventListener("click", () => step(-1));
$("later").addEventListener("click", () => step(1));
$("today").addEventListener("click", () => load(state.data.now.slice(0, 10), state.data.view));
$("week").addEventListener("click", () => load(state.data.first, "week"));
$("day").addEventListener("click", () => load(state.data.days[state.chosen]?.date ?? state.data.first, "day"));
$("add").addEventListener("click", () => openPlan({ show: state.data.shows[0]?.show, at: soon(), minutes: state.data.shows[0]?.minutes }));
matchMedia("(max-width: 720px)").addEventListener("change", draw);
setInterval(() => document.hidden || load(), AGAIN_MS);
