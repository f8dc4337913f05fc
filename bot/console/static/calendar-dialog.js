// The dialog in which a show is planned or changed, and the question whether one or all of a repeating show move.
import { $, el, say } from "./page.js";
import { act, settled, state } from "./calendar.js";
import { at as instant, dateWords, movable, when } from "./calendar-grid.js";
import { bodyOf, forgetTry, tryPlan } from "./calendar-drag.js";

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const MONDAY = 5; // of January 2026
let edited = null; // the entry that is changed; null: a new plan

export function weekdays(box, name) {
  box.replaceChildren(
    ...DAYS.map((day, n) => el("label", {}, el("input", { type: "checkbox", name, value: day, id: `${name}-${day}` }), dateWords(`2026-01-${String(MONDAY + n).padStart(2, "0")}`, { weekday: "short" }))),
  );
}

export const checked = (name) => [...document.querySelectorAll(`input[name="${name}"]:checked`)].map((node) => node.value);
export const weekdayOf = (date) => DAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7];
export const conflictItems = (found) => (found.length ? found.map((c) => el("li", {}, `⚠ ${c.text}`)) : [el("li.clear", {}, say("cal_clear"))]);

export function startDialogs() {
  weekdays($("p-days"), "p-day");
  $("plan").addEventListener("input", changed);
  $("p-save").addEventListener("click", save);
  $("plan").querySelector("form").addEventListener("submit", (event) => event.submitter?.value !== "no" && (event.preventDefault(), save()));
  $("p-out").addEventListener("click", () => takeOut(edited.repeats ? edited.slot : ""));
  $("p-out-all").addEventListener("click", () => takeOut(""));
}

// {entry} to change one, {show, at, minutes} for a new plan.
export function openPlan({ entry = null, show = "", at = "", minutes = 60 }) {
  edited = entry;
  const may = entry === null || movable(state.data, entry);
  const written = entry?.written;
  $("plan-title").textContent = entry ? `${entry.title} · ${when(entry.at, entry.minutes)}` : say("cal_plan");
  const known = state.data.shows.map((s) => el("option", { value: s.show }, s.title));
  $("p-show").replaceChildren(...(entry ? [el("option", { value: entry.show }, entry.title)] : known));
  $("p-show").disabled = Boolean(entry);
  $("p-show").value = entry?.show ?? show;
  fillTimes(entry?.at ?? at, entry?.minutes ?? minutes);
  fillRule(written?.rrule ?? "", (entry?.at ?? at).slice(0, 10));
  $("p-gap").value = written?.gap ?? "shift";
  $("p-overlap").value = written?.overlap ?? "first";
  $("p-ends").value = written?.ends ?? "length";
  $("p-late").value = String(written?.late_s ?? 600);
  if ($("p-late").selectedIndex < 0) $("p-late").value = "600";
  $("p-cohost").value = written?.cohost ?? "";
  $("p-scope").hidden = !entry?.repeats || !may;
  document.querySelector('input[name="scope"][value="one"]').checked = true;
  $("plan-fields").disabled = !may;
  $("p-save").hidden = !may;
  $("p-out").hidden = !may || !entry;
  $("p-out").textContent = say(entry?.repeats ? "cal_take_out_one" : "cal_take_out");
  $("p-out-all").hidden = !may || !entry?.repeats;
  note(entry, may);
  $("p-conflicts").replaceChildren(...(entry ? (entry.conflicts.length || may ? conflictItems(entry.conflicts) : []) : []));
  $("plan").showModal();
  rows();
  if (may) ask();
}

function note(entry, may) {
  const words = [];
  if (entry && !may && state.data.may_plan) words.push(entry.state === "planned" ? say("cal_from_file") : say("cal_was"));
  if (entry && entry.state !== "planned") words.unshift(`${say(`cal_state_${entry.state}`)}${entry.note ? `: ${entry.note}` : "."}`);
  $("plan-note").textContent = words.join(" ");
  $("plan-note").hidden = !words.length;
}

function fillTimes(at, minutes) {
  $("p-date").value = at.slice(0, 10);
  $("p-time").value = at.slice(17, 19) === "00" ? at.slice(11, 16) : at.slice(11, 19);
  $("p-minutes").value = minutes ?? 60;
}

function fillRule(rule, date) {
  const parts = Object.fromEntries(rule.split(";").map((part) => part.split("=")));
  const until = /^(\d{4})(\d\d)(\d\d)/.exec(parts.UNTIL ?? "");
  const plain = Object.keys(parts).every((name) => ["", "FREQ", "UNTIL", "BYDAY"].includes(name));
  const kind = !rule ? "" : plain && ["DAILY", "WEEKLY"].includes(parts.FREQ) ? parts.FREQ : "own";
  $("p-repeat").value = kind;
  $("p-rule").value = rule;
  $("p-until").value = until ? `${until[1]}-${until[2]}-${until[3]}` : "";
  const days = parts.BYDAY ? parts.BYDAY.split(",") : [weekdayOf(date)];
  for (const day of DAYS) $(`p-day-${day}`).checked = days.includes(day);
}

// Which rows a repeating show has; only one of them is changed at a time.
function rows() {
  const one = edited?.repeats && document.querySelector('input[name="scope"]:checked').value === "one";
  const kind = $("p-repeat").value;
  $("p-repeat").disabled = Boolean(one);
  $("p-days").hidden = kind !== "WEEKLY" || one;
  $("p-rule-row").hidden = kind !== "own" || one;
  $("p-until-row").hidden = !["DAILY", "WEEKLY"].includes(kind) || one;
  $("p-more").hidden = Boolean(one);
}

function ruleText() {
  const kind = $("p-repeat").value;
  if (kind === "own") return $("p-rule").value.trim();
  if (!kind) return "";
  const days = kind === "WEEKLY" ? `;BYDAY=${checked("p-day").join(",") || weekdayOf($("p-date").value)}` : "";
  const until = $("p-until").value ? `;UNTIL=${$("p-until").value.replaceAll("-", "")}T235959` : "";
  return `FREQ=${kind}${days}${until}`;
}

function body() {
  const time = $("p-time").value.length === 5 ? `${$("p-time").value}:00` : $("p-time").value;
  const at = `${$("p-date").value}T${time}`;
  const minutes = Number($("p-minutes").value);
  if (!$("p-date").value || !$("p-time").value || !(minutes > 0) || Number.isNaN(instant(at).getTime())) return null;
  const scope = edited?.repeats ? document.querySelector('input[name="scope"]:checked').value : "written";
  if (edited && scope === "one") return bodyOf(edited, at, minutes);
  const whole = { show: $("p-show").value, minutes, rrule: ruleText(), gap: $("p-gap").value, overlap: $("p-overlap").value, ends: $("p-ends").value, late_s: Number($("p-late").value), cohost: $("p-cohost").value };
  if (!edited) return { ...whole, at };
  // All of them: the rule's first start moves as far as this one is moved.
  const by = edited.repeats ? instant(at) - instant(edited.at) : 0;
  const first = edited.repeats ? new Date(instant(edited.written.first).getTime() + by).toISOString().slice(0, 19) : at;
  return { ...whole, at: first, near: at, rule: edited.rule, slot: edited.slot, scope: "written" };
}

function changed(event) {
  if (event.target.id === "p-show" && !edited) {
    const show = state.data.shows.find((s) => s.show === event.target.value);
    if (show) $("p-minutes").value = show.minutes;
  }
  rows();
  ask();
}

function ask() {
  const wanted = body();
  if (wanted === null) return;
  tryPlan(wanted, (found) => $("p-conflicts").replaceChildren(...conflictItems(found)), 180);
}

async function save() {
  const wanted = body();
  if (wanted === null) return void $("p-date").reportValidity();
  forgetTry();
  const answer = await act("plan", wanted);
  if (answer.ok) $("plan").close();
  else $("p-conflicts").replaceChildren(...conflictItems([{ text: answer.why }]));
  if (answer.ok) await settled(answer, say("cal_saved"));
}

async function takeOut(slot) {
  forgetTry();
  $("plan").close();
  await settled(await act("out", { rule: edited.rule, slot }), say("cal_saved"));
}

// "one", "all" or null.
export function askScope(found) {
  $("scope-conflicts").replaceChildren(...(found.length ? conflictItems(found) : []));
  const dialog = $("scope");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(["one", "all"].includes(dialog.returnValue) ? dialog.returnValue : null), { once: true }));
}
