// Bringing a file into the catalogue: sending it with progress, and how far a reading is.
import { $, say } from "./page.js";

const HEADERS = { "content-type": "application/octet-stream", "x-castmate": "desk" };

function tell(text, bad = false) {
  const line = $("sending");
  line.hidden = false;
  line.textContent = text;
  line.className = bad ? "note bad" : "";
}

// The file itself is the body: it goes to the disk as it comes, and no form has to be taken apart.
function send(file) {
  const most = Number($("drop").dataset.most);
  const name = file.name;
  if (file.size > most) return tell(say("cat_too_large", { name, n: Math.floor(most / 1e6) }), true);
  const request = new XMLHttpRequest(); // fetch cannot say how much has been sent
  const bar = $("sent");
  bar.hidden = false;
  bar.value = 0;
  tell(say("cat_sending", { name, n: 0 }));
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = total ? loaded / total : 1;
    tell(loaded < total ? say("cat_sending", { name, n: Math.floor((100 * loaded) / total) }) : say("cat_looking", { name }));
  });
  request.addEventListener("loadend", () => {
    bar.hidden = true;
    let said = {};
    try {
      said = JSON.parse(request.responseText);
    } catch {
      // no answer of ours: told below
    }
    if (said.ok) location.assign(said.made + location.search);
    else tell(request.status === 422 ? said.why : say("cat_send_failed"), true);
  });
  request.open("POST", "/catalogue/uploads" + location.search);
  for (const [key, value] of Object.entries(HEADERS)) request.setRequestHeader(key, value);
  request.setRequestHeader("x-file-name", encodeURIComponent(name));
  request.send(file);
}

const drop = $("drop");
if (drop) {
  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    drop.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop" && event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
  };
  for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, over);
  $("file").addEventListener("change", ({ target }) => target.files.length && send(target.files[0]));
}

const working = $("working");
const DOING = { apply: "applying", pictures: "pictures" };

async function watch() {
  const answer = await fetch(working.dataset.path).catch(() => null);
  const { step, done, total } = answer?.ok ? await answer.json() : { step: "?" };
  if (!step) return false;
  const share = total ? done / total : 0;
  $("work-said").textContent = `${working.dataset[DOING[step] ?? "comparing"]} … ${share ? Math.floor(share * 100) + " %" : ""}`;
  if (share) $("work-done").value = share;
  return true;
}

function show(step) {
  working.hidden = false;
  $("work-said").textContent = `${working.dataset[DOING[step] ?? "comparing"]} …`;
  working.scrollIntoView({ block: "nearest" });
}

if (working) {
  for (const form of document.querySelectorAll("form[data-work]")) {
    form.addEventListener("submit", () => {
      show(form.dataset.work);
      for (const button of document.querySelectorAll("main button")) button.disabled = true;
      setInterval(watch, 700); // the answer to the form is the page that follows
    });
  }
  if (working.dataset.step) {
    // somebody else, or an earlier page, has it read
    show(working.dataset.step);
    const timer = setInterval(async () => {
      if (await watch()) return;
      clearInterval(timer);
      location.reload();
    }, 1000);
  }
}
