// Rehearsals: how far they are, and a film that goes to the line that is chosen.
import { $ } from "./page.js";

const EVERY_MS = 1500;
const active = () => document.querySelectorAll('[data-id][data-state="waiting"], [data-id][data-state="running"]');

async function look() {
  const answer = await fetch(`/rehearsals/state${location.search}`).catch(() => null);
  if (!answer?.ok) return;
  const { rehearsals } = await answer.json();
  const known = new Map(rehearsals.map((one) => [one.id, one]));
  for (const place of active()) {
    const now = known.get(place.dataset.id);
    if (!now || now.state !== place.dataset.state) {
      if (document.activeElement?.matches("input, select")) continue; // somebody fills the form in
      return location.reload(); // another state is another page
    }
    place.querySelector("[data-said]").textContent = now.said;
    const bar = document.querySelector(`[data-id="${now.id}"] progress`) ?? (place.id === "rehearsal" && document.querySelector("progress"));
    if (bar) bar.value = now.share;
    const stage = place.querySelector("[data-stage]") ?? (place.id === "rehearsal" && document.querySelector("[data-stage]"));
    if (stage) stage.textContent = now.stage;
  }
}

if (active().length) {
  setInterval(() => document.hidden || look(), EVERY_MS);
}

const film = $("film");
if (film) {
  const lines = [...document.querySelectorAll("[data-from]")];
  for (const button of document.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => {
      film.currentTime = Number(button.dataset.seek);
      film.play().catch(() => {}); // the reader presses play
    });
  }
  film.addEventListener("timeupdate", () => {
    for (const line of lines) {
      const now = film.currentTime >= Number(line.dataset.from) && film.currentTime < Number(line.dataset.to);
      line.classList.toggle("now", now);
    }
  });
}
