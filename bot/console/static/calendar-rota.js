// The co-hosts' shifts of the days that are shown, and the dialog that adds one.
import { $, el, say } from "./page.js";
import { act, settled, state } from "./calendar.js";
import { at, dateWords } from "./calendar-grid.js";
import { checked, weekdayOf, weekdays } from "./calendar-dialog.js";

export function drawRota(data) {
  if (!data.duties.some((duty) => duty.pieces.length)) {
    $("rota").replaceChildren(el("p.quiet.none", {}, say("cal_rota_empty")));
    return;
  }
  const people = [...new Set(data.duties.map((duty) => duty.person))].sort();
  const head = el("tr", {}, el("th", { scope: "col" }, say("cal_person")), ...data.days.map((day) => el("th", { scope: "col" }, dateWords(day.date, { weekday: "short", day: "numeric" }))));
  const lines = people.map((person) => {
    const days = data.days.map((_, n) => {
      const mine = data.duties.filter((duty) => duty.person === person && duty.pieces[0]?.day === n);
      return el("td", {}, ...mine.map((duty) => watchOf(data, duty)));
    });
    return el("tr", {}, el("th", { scope: "row" }, person), ...days);
  });
  $("rota").replaceChildren(el("table.rota", {}, el("thead", {}, head), el("tbody", {}, ...lines)));
}

function watchOf(data, duty) {
  const words = `${duty.since}–${duty.until}${duty.show ? ` · ${duty.show}` : ""}`;
  if (!data.may_plan) return el("span.watch", {}, words);
  const label = `${duty.person} ${words}. ${say("cal_shift_out")}`;
  const node = el("button.watch", { type: "button", "aria-label": label, title: say("cal_shift_out") }, words, " ✕");
  node.addEventListener("click", async () => settled(await act("shift-out", { shift: duty.shift }), say("cal_saved")));
  return node;
}

export function startRota() {
  weekdays($("s-days"), "s-day");
  $("s-repeat").addEventListener("input", () => ($("s-days").hidden = $("s-repeat").value !== "WEEKLY"));
  $("s-save").addEventListener("click", save);
  $("shift").querySelector("form").addEventListener("submit", (event) => event.submitter?.value !== "no" && (event.preventDefault(), save()));
  $("add-shift").addEventListener("click", () => {
    const { data } = state;
    $("s-show").replaceChildren(el("option", { value: "" }, say("cal_all_shows")), ...data.shows.map((s) => el("option", { value: s.show }, s.title)));
    $("s-date").value = data.days.some((day) => day.date === data.now.slice(0, 10)) ? data.now.slice(0, 10) : data.first;
    for (const node of document.querySelectorAll('input[name="s-day"]')) node.checked = node.value === weekdayOf($("s-date").value);
    $("s-why").textContent = "";
    $("shift").showModal();
  });
}

async function save() {
  const date = $("s-date").value;
  const from = $("s-from").value.slice(0, 5);
  const to = $("s-to").value.slice(0, 5);
  if (!$("s-person").value.trim() || !date || !from || !to) return void ($("s-person").value.trim() ? $("s-date") : $("s-person")).reportValidity();
  const minutes = ((at(`${date}T${to}:00`) - at(`${date}T${from}:00`)) / 60000 + 1440) % 1440 || 1440;
  const kind = $("s-repeat").value;
  const days = checked("s-day").join(",") || weekdayOf(date);
  const rrule = !kind ? "" : kind === "WEEKLY" ? `FREQ=WEEKLY;BYDAY=${days}` : "FREQ=DAILY";
  const answer = await act("shift", { person: $("s-person").value, show: $("s-show").value, at: `${date}T${from}:00`, minutes, rrule });
  if (answer.ok) {
    $("shift").close();
    await settled(answer, say("cal_saved"));
  } else $("s-why").textContent = answer.why;
}
