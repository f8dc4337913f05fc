// A person's camera for the air: recorded by the browser, sent piece by piece; where they stand; the prompter.
import { $, say } from "./page.js";

const CAMERA = 3, PIECE_MS = 120, BEHIND = 3_000_000, QUIET_MS = 4000;
const TYPES = ["video/webm;codecs=vp8,opus", "video/webm;codecs=h264,opus", "video/mp4;codecs=avc1.42E01F,mp4a.40.2", "video/webm"];
const KEYS = new Set([" ", "Enter", "ArrowRight", "ArrowDown", "PageDown"]);

/** `socket`: the page's; `ready`: the stream of camera and microphone, or null; `trouble`: says what is wrong. */
export function onAir(socket, ready, trouble) {
  let recorder = null, place = "off", mode = "", view = null, lost = 0;
  const chat = new Map();

  function film() {
    const stream = ready();
    if (recorder || !stream || !socket.open) return Boolean(recorder);
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const own = (recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: 2_000_000, audioBitsPerSecond: 96_000 }));
    socket.send({ type: "camera", on: true });
    own.addEventListener("dataavailable", async ({ data }) => {
      if (!data.size || own !== recorder) return;
      if (socket.ws.bufferedAmount > BEHIND) return again(); // half a stream is none
      const piece = new Uint8Array(await data.arrayBuffer());
      const bytes = new Uint8Array(piece.length + 1);
      bytes[0] = CAMERA;
      bytes.set(piece, 1);
      if (own === recorder) socket.send(bytes);
    });
    own.start(PIECE_MS);
    lost = performance.now();
    return true;
  }

  function cut() {
    const own = recorder;
    recorder = null;
    if (!own) return;
    if (own.state !== "inactive") own.stop();
    socket.send({ type: "camera", on: false });
  }

  function again() {
    trouble(say("camera_again"));
    cut();
    setTimeout(() => wanted() && film(), 1000);
  }

  const wanted = () => mode === "prompter" || place !== "off";

  function take(next) {
    place = next;
    if (wanted()) film();
    socket.send({ type: "on_air", place });
    if (!wanted()) cut();
  }

  function prompts(shown) {
    $("prompter").hidden = !shown;
    if (!shown) return;
    const up = shown.up;
    $("prompt-up").textContent = up ? up.text : say("prompter_waits");
    $("prompt-up").lang = up?.language ?? "";
    $("prompt-kind").textContent = up?.kind ?? "";
    $("prompt-left").textContent = up ? say("prompter_left", { s: Math.round(up.seconds) }) : "";
    const asked = up && up.kind === "answer" ? [...chat.values()].findLast((c) => c.status === "answering" || c.status === "answered") : null;
    $("prompt-question").hidden = !asked;
    if (asked) $("prompt-question").textContent = say("prompter_question", asked);
    $("prompt-next").replaceChildren(...shown.next.map((line) => Object.assign(document.createElement("li"), { textContent: line.text, lang: line.language })));
    $("prompt-auto").checked = shown.auto;
  }

  function go() { socket.send({ type: "prompting", next: true }); }

  $("prompt-go").addEventListener("click", go);
  $("prompt-auto").addEventListener("change", ({ target }) => socket.send({ type: "prompting", auto: target.checked }));
  document.addEventListener("keydown", (event) => {
    if ($("prompter").hidden || !KEYS.has(event.key) || event.repeat || /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
    event.preventDefault();
    go();
  });
  for (const button of $("places").querySelectorAll("button")) button.addEventListener("click", () => take(button.dataset.place));

  setInterval(() => { // the show says that no camera is there although ours runs: begin anew
    if (!recorder || view?.camera || performance.now() - lost < QUIET_MS) return;
    again();
  }, 1000);

  return {
    prompts,
    chat(message) { chat.delete(message.id); chat.set(message.id, message); if (chat.size > 60) chat.delete(chat.keys().next().value); },
    human(next) {
      view = next;
      if (next.camera) { lost = performance.now(); trouble(""); }
      if (mode !== "prompter" && !next.camera && next.place === "off" && performance.now() - lost > QUIET_MS) place = "off";
      for (const button of $("places").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.place === next.place));
    },
    seated(name, show) {
      mode = show;
      $("places").hidden = !name || mode === "prompter";
      if (!name) { place = "off"; cut(); } else if (wanted()) film();
    },
    devices() { if (wanted()) film(); },
    lost: again,
    broke() { if (recorder) { recorder.stop(); recorder = null; } },
    stats: () => ({ filming: recorder?.state ?? "none", place, view }),
  };
}
