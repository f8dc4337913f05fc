// The scripts' page: lines are heard, and checked while they are written.
import { $, el, say } from "./page.js";

const HEADERS = { "content-type": "application/json", "x-castmate": "desk" };

// ---- listening: one line at a time
let heard = null;

function quiet() {
  if (!heard) return;
  heard.audio?.pause();
  if (heard.audio) URL.revokeObjectURL(heard.audio.src);
  heard.stop.abort();
  heard.button.textContent = say("scr_listen");
  heard.button.classList.remove("on");
  heard = null;
}

async function listen(button) {
  const again = heard?.button === button;
  quiet();
  if (again) return;
  const mine = (heard = { button, audio: null, stop: new AbortController() });
  const trouble = $("not-heard");
  trouble.hidden = true;
  button.classList.add("on");
  button.textContent = say("scr_saying");
  try {
    const answer = await fetch(button.dataset.sound, { signal: mine.stop.signal });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).why ?? answer.status);
    const sound = await answer.blob();
    if (heard !== mine) return;
    mine.audio = new Audio(URL.createObjectURL(sound));
    mine.audio.addEventListener("ended", () => heard === mine && quiet());
    button.textContent = say("scr_stop");
    await mine.audio.play();
  } catch (error) {
    if (heard !== mine) return; // another line was asked for meanwhile
    quiet();
    trouble.textContent = say("scr_not_heard", { why: error.message });
    trouble.hidden = false;
  }
}

for (const button of document.querySelectorAll("[data-sound]")) {
  button.hidden = false;
  button.addEventListener("click", () => listen(button));
}

// ---- writing: what stands against a sentence is shown below it
const editor = $("editor");

function marked(line) {
  const text = el("p.marked", { lang: editor.dataset.language });
  for (const piece of line.pieces) text.append(piece.kind ? el(`mark.${piece.kind}`, {}, piece.text) : piece.text);
  return text;
}

function findings(line) {
  const list = el("ul.findings");
  for (const found of line.findings) {
    const words = el("span", { lang: "en" }, found.message, found.remedy ? ` ${found.remedy}` : "", " ", el("small.quiet", {}, found.rule));
    const quote = document.documentElement.lang !== "en" && found.quote && el("q", { lang: editor.dataset.language }, found.quote);
    list.append(el(found.stops ? "li.stops" : "li.warns", {}, el("strong", {}, found.heading), " ", quote, quote && " ", words));
  }
  return list;
}

if (editor) {
  let timer = 0;
  let turn = 0;
  const boxes = () => [...editor.querySelectorAll("textarea")];

  async function check() {
    const mine = ++turn;
    const asked = boxes().filter((box) => box.value.trim());
    $("checked").textContent = say("scr_checking");
    const { show, product, language } = editor.dataset;
    const body = JSON.stringify({ show, product, language, lines: asked.map((box) => box.value) });
    try {
      const answer = await fetch("/scripts/check", { method: "POST", headers: HEADERS, body });
      const told = await answer.json();
      if (mine !== turn) return;
      if (!told.ok) throw new Error(told.why ?? answer.status);
      for (const box of boxes()) {
        const line = told.lines[asked.indexOf(box)];
        const item = box.closest("li");
        item.classList.toggle("stopped", line ? !line.cleared : false);
        item.querySelector(".found").replaceChildren(...(line?.findings.length ? [marked(line), findings(line)] : []));
      }
      const stopped = told.lines.filter((line) => !line.cleared).length;
      $("checked").textContent = told.lines.length ? (stopped ? say("scr_not_clear", { n: stopped }) : say("scr_all_clear")) : "";
    } catch (error) {
      if (mine === turn) $("checked").textContent = say("scr_not_checked", { why: error.message });
    }
  }

  editor.addEventListener("input", () => {
    turn++; // an answer under way is about words that are gone
    clearTimeout(timer);
    timer = setTimeout(check, 350);
  });

  // Words typed before this ran, or brought back by the browser, have not been looked at.
  if (boxes().some((box) => box.value !== box.defaultValue)) check();

  const add = $("add-line");
  const full = () => boxes().length >= Number(editor.dataset.most);
  add.hidden = full();
  add.addEventListener("click", () => {
    const n = boxes().length + 1;
    const first = boxes()[0];
    const box = el("textarea", { id: `line-${n}`, name: "line", rows: "2", maxlength: first.getAttribute("maxlength"), lang: first.lang, "aria-describedby": `found-${n}` });
    const label = el("label.sr", { for: `line-${n}` }, say("scr_line", { n }));
    editor.append(el("li.script-line", {}, label, box, el("div.found", { id: `found-${n}`, "aria-live": "polite" })));
    add.hidden = full();
    box.focus();
  });
}
