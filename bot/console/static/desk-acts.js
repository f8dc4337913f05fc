// What the operator can do: buttons, keys, dialogs. Every act is a POST that only this page can make.
import { $, el, say } from "./page.js";

let base = "";

async function post(path, body = {}) {
  try {
    const answer = await fetch(`${base}/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Castmate": "desk" },
      body: JSON.stringify(body),
    });
    const value = await answer.json();
    return value.ok ? value : { ok: false, why: value.why ?? String(answer.status) };
  } catch (error) {
    return { ok: false, why: error.message };
  }
}

let hide;
function tell({ ok, why }) {
  const known = { link: "failed_link", busy: "failed_busy", rundown: "failed_rundown" };
  toast(ok ? say("done") : known[why] ? say(known[why]) : say("failed_other", { why }), ok);
}

function toast(text, ok) {
  $("toast").textContent = text;
  $("toast").classList.toggle("bad", !ok);
  $("toast").hidden = false;
  clearTimeout(hide);
  hide = setTimeout(() => { $("toast").hidden = true; }, 3500);
}

export const act = async (name) => tell(await post("act", { name }));
export const insertLine = async (text) => tell(await post("insert", { text }));
// What became of a pin the show tells later: a platform's page takes its time.
export async function pin(product) {
  const done = await post("pin", { product });
  if (!done.ok) tell(done);
}
export const notice = ({ key, about, why }) => toast(say("notice_" + key, { about, why }), key === "pinned");
export const arrange = async (wish) => tell(await post("arrange", wish));

export async function giveWord(word) {
  const done = await post("answer", word);
  tell(done);
  return done.ok;
}

function ask(dialog, done) {
  dialog.returnValue = "";
  dialog.showModal();
  dialog.onclose = () => done(dialog.returnValue);
}

async function otherDevice() {
  const made = await post("keys");
  if (!made.ok) return tell(made);
  $("addresses").replaceChildren(...["desk", "cohost", "room"].flatMap((page) => {
    const address = location.origin + made[page];
    const copy = el("button.slim", { type: "button" }, say("copy"));
    copy.addEventListener("click", async () => { await navigator.clipboard.writeText(address); copy.textContent = say("copied"); });
    return [el("dt", {}, say("open_" + page)), el("dd", {}, el("code", {}, address), copy)];
  }));
  $("devices-dialog").showModal();
}

export function wireActs(show, known) {
  base = `/console/${show}`;
  const acts = {
    p: [$("act-pause"), () => act(known.state.paused ? "resume_clone" : "pause_clone")],
    h: [$("act-hold"), () => act(known.state.air === "hold" ? "resume" : "hold")],
    n: [$("act-next"), () => act("next_cue")],
    e: [$("act-end"), () => ask($("end-dialog"), (answer) => answer === "end" && act("end"))],
    i: [$("insert"), () => ask($("insert-dialog"), (answer) => {
      const text = $("insert-text").value.trim();
      if (answer === "yes" && text) insertLine(text).then(() => { $("insert-text").value = ""; });
    })],
  };
  for (const [button, run] of Object.values(acts)) button.addEventListener("click", run);
  acts.t = [$("act-take"), () => $("act-take").click()];
  acts.j = [$("rundown"), () => ($("rundown").querySelector(".now + .cue button") ?? $("rundown").querySelector("button"))?.focus()];
  acts.m = [$("alarm-sound"), () => $("alarm-sound").click()];
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, dialog[open]")) return;
    const chosen = acts[event.key.toLowerCase()];
    if (!chosen || chosen[0].disabled) return;
    event.preventDefault();
    chosen[1]();
  });
  $("devices").addEventListener("click", otherDevice);
  wireActs.enable(known);
}

wireActs.enable = ({ state, linked, connected, ended }) => {
  const able = Boolean(state) && linked && connected && !ended && !["ended", "failed"].includes(state.air);
  for (const id of ["act-pause", "act-hold", "act-next", "act-end", "insert"]) $(id).disabled = !able;
  if (!state) return;
  $("act-pause").firstElementChild.textContent = say(state.paused ? "resume_clone" : "pause_clone");
  $("act-hold").firstElementChild.textContent = say(state.air === "hold" ? "resume_act" : "hold_act");
  $("act-hold").classList.toggle("primary", state.air === "hold");
  $("act-pause").classList.toggle("primary", state.paused);
};
