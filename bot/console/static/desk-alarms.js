// Alarms that can be heard. Two falling tones for trouble, again every 20 s while it lasts; one soft tone for what waits.
// A browser lets a page sound only after somebody pressed something on it: the button is both the leave and the switch.
import { say } from "./page.js";

const AGAIN_MS = 20_000, KEY = "castmate-alarms";

// What is wrong now, as keys; each is told of at once and again while it lasts.
export function troubles({ connected, linked, ended, state, presence, figures }) {
  if (ended) return [];
  const last = (name) => figures.get(name)?.at(-1)?.[1], found = [];
  if (!connected || !linked) found.push("link");
  if (state && ["hold", "failed"].includes(state.air)) found.push(state.air);
  if (state && ["hold", "stop"].includes(state.policy)) found.push("rules");
  if (state?.air === "live" && last("label_unseen_s") > 1 && state.label) found.push("label");
  if (presence?.status === "late") found.push("cohost");
  for (const [name, points] of figures) if (name.startsWith("alarm.") && points.at(-1)?.[1] > 0) found.push(name);
  if (state?.air === "live" && last("studio_restarts") > (figures.get("studio_restarts")?.at(-2)?.[1] ?? Infinity)) found.push("studio");
  if (state?.reasons.length && state.air === "live") found.push(...state.reasons);
  return found;
}

export class Alarms {
  constructor(button) {
    this.button = button;
    this.known = new Set();
    this.toldAt = 0;
    this.heard = 0; // how often it sounded, for tests and the curious
    this.on = localStorage.getItem(KEY) === "on";
    button.addEventListener("click", () => { this.on = !this.on; localStorage.setItem(KEY, this.on ? "on" : "off"); this.show(); if (this.on) this.tone([880], 0.12); });
    this.show();
  }

  show() {
    this.button.setAttribute("aria-pressed", String(this.on));
    this.button.querySelector("span").textContent = say(this.on ? "alarms_on" : "alarms_off");
  }

  look(known) {
    const now = new Set(troubles(known)), fresh = [...now].some((name) => !this.known.has(name));
    const again = now.size > 0 && performance.now() - this.toldAt > AGAIN_MS;
    this.known = now;
    if (!fresh && !again) return;
    this.toldAt = performance.now();
    this.tone([740, 554], 0.22);
  }

  notice() { this.tone([660], 0.1); }

  tone(pitches, loud) {
    if (!this.on) return;
    this.heard += 1;
    this.context ??= new AudioContext();
    this.context.resume();
    pitches.forEach((pitch, n) => {
      const at = this.context.currentTime + n * 0.24, sound = this.context.createOscillator(), gain = this.context.createGain();
      sound.frequency.value = pitch;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(loud, at + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.22);
      sound.connect(gain).connect(this.context.destination);
      sound.start(at);
      sound.stop(at + 0.24);
    });
  }
}
