// The co-host's page: camera and microphone to the console, challenges and the show's verdict back.
import { onAir } from "./on-air.js";
import { $, Socket, say, words } from "./page.js";

const PICTURE = 1, SOUND = 2, PICTURE_MS = 400, RATE = 16000, BEHIND = 200_000;
const page = $("cohost"), show = encodeURIComponent(page.dataset.show);
const asks = JSON.parse($("ask").dataset.asks);
let name = "", arriving = ""; // who is checked in; who wants to be
let mode = "";
let judged = false; // the show told what it thinks of who is there
let stream = null;
let challenge = null;
let microphone = null;

// ---- camera and microphone

const canvas = document.createElement("canvas");
canvas.width = 320;
canvas.height = 240;
const pen = canvas.getContext("2d", { alpha: false });

async function devicesOn() {
  trouble("");
  if (!navigator.mediaDevices) return trouble(say("devices_insecure"));
  const ask = (video, audio) => navigator.mediaDevices.getUserMedia({ video, audio });
  const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25 }, facingMode: "user" };
  // Echo is cancelled so that a show played in the same room is not taken for a living voice.
  const sound = { echoCancellation: true, noiseSuppression: false, autoGainControl: true, channelCount: 1 };
  stream = await ask(picture, sound).catch(() => ask(picture, false)).catch(() => ask(false, sound)).catch(() => null);
  if (!stream) return trouble(say("devices_denied"));
  $("devices").hidden = true;
  for (const track of stream.getTracks()) track.addEventListener("ended", devicesOff);
  if (stream.getVideoTracks().length) {
    $("camera").srcObject = stream;
    $("lens-text").hidden = true;
  }
  if (stream.getAudioTracks().length) await listen(stream);
  air.devices();
}

function devicesOff() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  $("devices").hidden = false;
  $("lens-text").hidden = false;
}

async function listen(source) {
  const context = (microphone = new AudioContext({ sampleRate: RATE }));
  await context.audioWorklet.addModule(page.dataset.worklet);
  const node = new AudioWorkletNode(context, "microphone", { channelCount: 1, channelCountMode: "explicit" });
  node.port.onmessage = ({ data }) => sendBytes(SOUND, data);
  context.createMediaStreamSource(source).connect(node).connect(context.destination); // silence: a node is run only when heard
  if (context.state === "suspended") await context.resume();
}

function sendBytes(kind, buffer) {
  if (!senses.open || senses.ws.bufferedAmount > BEHIND) return; // a slow way: what is old is of no use
  const bytes = new Uint8Array(buffer.byteLength + 1);
  bytes[0] = kind;
  bytes.set(new Uint8Array(buffer), 1);
  senses.send(bytes);
}

setInterval(() => {
  const camera = $("camera");
  if (!stream || !camera.videoWidth || camera.readyState < 2) return;
  const scale = Math.max(320 / camera.videoWidth, 240 / camera.videoHeight);
  const w = camera.videoWidth * scale, h = camera.videoHeight * scale;
  pen.drawImage(camera, (320 - w) / 2, (240 - h) / 2, w, h);
  canvas.toBlob(async (blob) => blob && sendBytes(PICTURE, await blob.arrayBuffer()), "image/jpeg", 0.8);
}, PICTURE_MS);

// ---- what the show says

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

function listed(id, title, items) {
  $(id).textContent = items.length ? `${title}: ${items.join(", ")}` : "";
  $(id).hidden = !items.length;
}

function sense(id, on, text) {
  $(id).classList.toggle("on", on);
  if ($(id).lastElementChild.textContent !== text) $(id).lastElementChild.textContent = text;
}

function showMe() {
  $("me").textContent = name ? say("checked_in", { name }) : "";
  $("status").hidden = Boolean(name) && !judged; // a show that asks for nobody judges nobody
  $("leave").hidden = !name;
  $("arrive").hidden = Boolean(name);
  $("name").readOnly = Boolean(name) || "own" in $("name").dataset;
}

// In the page's language; the words to say stay in the show's.
function asked({ kind, text, expect }) {
  const what = kind === "type_words" ? (text.match(/\d/g) ?? []).join(" ") : kind === "turn_head" ? asks[expect] : expect;
  return asks[kind] && (what || kind === "press_now") ? asks[kind].replace("{}", what) : text;
}

function ask(what) {
  challenge = what && { ...what, until: performance.now() + what.seconds * 1000, whole: what.seconds };
  $("ask").hidden = !challenge;
  if (!challenge) return;
  trouble("");
  $("ask-text").textContent = asked(challenge);
  $("answer-form").hidden = challenge.kind !== "type_words";
  $("press").hidden = challenge.kind !== "press_now";
  $("aloud").hidden = challenge.kind !== "say_words";
  $("turn").hidden = challenge.kind !== "turn_head";
  timeLeft(); // or the last one's stands here for a moment
  $("answer").value = "";
  if (challenge.kind === "type_words") $("answer").focus();
  if (challenge.kind === "press_now") $("press").focus();
}

function timeLeft() {
  const left = Math.max(0, challenge.until - performance.now()) / 1000;
  $("ask-left").textContent = say("challenge_left", { s: Math.ceil(left) });
  $("ask-bar").style.width = `${(100 * left) / challenge.whole}%`;
  return left;
}

setInterval(() => {
  if (!challenge) return;
  if (timeLeft() <= 0) {
    const late = challenge.spoken ? "answer_judged" : "answer_late";
    ask(null);
    trouble(say(late));
  }
}, 250);

function answer(event, text) {
  event.preventDefault();
  if (!event.isTrusted || !challenge) return; // a script's click is nobody's
  senses.send({ type: "answer", challenge: challenge.id, answer: text });
}

const takers = {
  snapshot(all) {
    const sitting = name || arriving; // the way broke, or was not open yet: sit down now
    if (sitting) senses.send({ type: "check_in", name: sitting, arriving: true });
    if (all.presence) takers.presence(all.presence);
    if (all.state) takers.state(all.state);
    ask(all.challenge);
    mode = all.hello?.mode ?? "";
    for (const message of all.chat ?? []) air.chat(message);
    if (all.human) air.human(all.human);
    air.prompts(mode === "prompter" ? (all.prompts ?? { up: null, next: [], auto: false }) : null);
    air.seated(name, mode);
    banner(all.ended ? say("ended") : all.linked ? "" : say("link_lost"));
  },
  presence(presence) {
    judged = true;
    $("status").hidden = false;
    $("status").textContent = words[presence.status] ?? presence.status;
    $("status").className = "chip " + ({ present: "good", late: "bad" }[presence.status] ?? "warn");
    listed("seen", say("seen"), presence.evidence);
    listed("needed", say("needed"), presence.needed);
  },
  state(state) { banner(state.reasons.join(" · ")); },
  challenge: ask,
  checked_in(message) { name = message.name; arriving = ""; $("unheard").hidden = message.hears; showMe(); air.seated(name, mode); },
  human: (message) => air.human(message),
  prompts: (message) => mode === "prompter" && air.prompts(message),
  chat: (message) => air.chat(message),
  camera_lost: () => air.lost(),
  senses({ face, moving, repeats, alike, voice }) {
    const doubt = repeats ? "picture_repeats" : face > 0 && !moving ? "picture_frozen" : alike === false ? "face_unlike" : "";
    const seen = face <= 0 ? "face_not_seen" : alike ? "face_alike" : "face_seen";
    sense("face", face > 0 && !doubt, say(face > 0 && doubt ? doubt : seen));
    if (challenge?.kind === "say_words" && voice >= 0.5) challenge.spoken = true;
    sense("voice", voice >= 0.5, say(voice >= 0.5 ? "voice_heard" : "voice_not_heard"));
  },
  enrolment({ can, enrolled, taking, trouble: why }) {
    $("enrolment").hidden = !can;
    $("enrol-offer").hidden = enrolled || taking;
    $("enrol-back").hidden = !enrolled;
    $("enrol-state").hidden = !(enrolled || taking || why);
    $("enrol-state").textContent = taking ? say("enrol_taking") : enrolled ? say("enrolled") : why === "faces differ" ? say("enrol_differ") : why;
  },
  answer({ taken, wrong }) { trouble(taken ? "" : say(wrong ? "answer_wrong" : "answer_late")); if (taken) ask(null); },
  link({ linked }) { banner(linked ? "" : say("link_lost")); },
  ended() { banner(say("ended")); ask(null); },
};

function banner(text) {
  $("banner").textContent = text;
  $("banner").hidden = !text;
}

const senses = new Socket(`/cohost/${show}/senses`, {
  text: (message) => takers[message.type]?.(message),
  down: () => { air.broke(); banner(say("desk_reconnecting")); },
});
const air = onAir(senses, () => (name ? stream : null), trouble);

$("devices").addEventListener("click", devicesOn);
$("check-in").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!stream) devicesOn();
  arriving = $("name").value;
  senses.send({ type: "check_in", name: arriving, arriving: true });
});
$("enrolment").addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.isTrusted && $("enrol-agree").checked) senses.send({ type: "enrol", agreed: true, language: document.documentElement.lang });
});
$("enrol-back").addEventListener("click", (event) => {
  if (event.isTrusted) senses.send({ type: "enrol", agreed: false });
  $("enrol-agree").checked = false;
});
$("leave").addEventListener("click", () => {
  senses.send({ type: "check_in", name, arriving: false });
  devicesOff();
});
$("answer-form").addEventListener("submit", (event) => answer(event, $("answer").value));
$("press").addEventListener("click", (event) => answer(event, "pressed"));
window.castmate = { stats: () => ({ name, sound: microphone?.state ?? "none", air: air.stats(), devices: stream?.getTracks().map((track) => track.kind) ?? [] }) };
