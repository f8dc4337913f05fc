// Plays a live show: fragmented MP4 from a WebSocket into Media Source Extensions, at most a second behind.
import { Socket } from "./page.js";

const INIT = 1, KEY = 2;
const JUMP_S = 1.2;     // farther behind than this: jump
const HURRY_S = 0.7;    // farther behind than this: a little faster, which nobody hears
const CALM_S = 0.5;
const START_S = 0.35;   // where playback begins, behind the end of the buffer
const KEEP_S = 6;       // how much of the past is kept
const QUEUE = 200;

// iPhones have ManagedMediaSource only; where both exist the plain one needs no permission to stream.
const Source = self.MediaSource ?? self.ManagedMediaSource;

export class Player {
  // onState(state): "connecting" | "playing" | "waiting" | "unsupported" | "full"
  // onShape(width / height): before the first picture, and when it changes
  constructor(video, path, { cover = null, onState = () => {}, onShape = () => {} } = {}) {
    this.video = video;
    this.cover = cover;
    this.onState = onState;
    this.onShape = onShape;
    this.queue = [];
    this.codecs = "";
    this.buffer = null;
    this.media = null;
    this.url = "";
    this.streaming = true;
    this.started = false;
    this.lead = START_S;
    this.count = { jumps: 0, stalls: 0, resets: 0, lost: 0, errors: 0 };
    this.state = "";
    if (!Source) {
      this.tell("unsupported");
      return;
    }
    video.disableRemotePlayback = true; // ManagedMediaSource asks for it
    video.addEventListener("error", () => this.url && this.recover());
    video.addEventListener("waiting", () => this.starved());
    this.tell("connecting");
    this.socket = new Socket(path, {
      text: (message) => message.type === "media" && this.shape(message),
      binary: (data) => this.take(new Uint8Array(data)),
      down: (code) => this.tell(code === 4503 ? "full" : "connecting"),
    });
    setInterval(() => this.keepLive(), 100);
  }

  shape({ codecs, width, height }) {
    this.codecs = codecs;
    this.onShape(width / height);
  }

  tell(state) {
    if (state !== this.state) this.onState((this.state = state));
  }

  take(data) {
    const kind = data[0], body = data.subarray(1);
    if (kind === INIT) return this.reset(body);
    if (kind === KEY && !this.streaming) this.drop(); // told to wait: only the newest group of pictures is worth keeping
    this.queue.push({ kind, body });
    if (this.queue.length > QUEUE) this.drop();
    this.pump();
  }

  // A new show, or the same one anew: times begin again, so the source does too. The last picture stays meanwhile.
  reset(init) {
    this.keepPicture();
    const type = `video/mp4; codecs="${this.codecs}"`;
    if (!Source.isTypeSupported(type)) return this.tell("unsupported");
    if (this.url) this.count.resets += 1;
    this.queue = [{ kind: INIT, body: init }];
    this.buffer = null;
    this.started = false;
    this.streaming = true;
    const media = (this.media = new Source());
    const old = this.url;
    media.addEventListener("sourceopen", () => {
      if (media !== this.media || this.buffer) return;
      this.buffer = media.addSourceBuffer(type);
      this.buffer.mode = "segments";
      this.buffer.addEventListener("updateend", () => this.pump());
      this.pump();
    });
    media.addEventListener("startstreaming", () => { this.streaming = true; this.pump(); });
    media.addEventListener("endstreaming", () => { this.streaming = false; });
    this.video.src = this.url = URL.createObjectURL(media);
    if (old) URL.revokeObjectURL(old);
  }

  drop() {
    let from = this.queue.length - 1;
    while (from > 0 && this.queue[from].kind !== KEY) from -= 1;
    const init = this.queue.filter((f, i) => f.kind === INIT && i < from);
    this.count.lost += from - init.length;
    this.queue = [...init, ...this.queue.slice(from)];
  }

  pump() {
    const buffer = this.buffer;
    if (!buffer || buffer.updating || this.media.readyState !== "open" || !this.streaming) return;
    try {
      const past = buffer.buffered.length ? this.video.currentTime - buffer.buffered.start(0) : 0;
      if (past > KEEP_S * 2) return buffer.remove(0, this.video.currentTime - KEEP_S);
      if (this.queue.length) buffer.appendBuffer(this.queue[0].body);
      this.queue.shift();
    } catch (error) {
      if (error.name === "QuotaExceededError" && this.video.currentTime > 1) buffer.remove(0, this.video.currentTime - 0.5);
      else this.recover();
    }
  }

  recover() {
    this.count.errors += 1;
    this.keepPicture();
    this.queue = [];
    this.buffer = this.media = null;
    this.socket.restart();
  }

  end() {
    const ranges = this.video.buffered;
    return ranges.length ? ranges.end(ranges.length - 1) : null;
  }

  behind() {
    const end = this.end();
    return end === null ? null : end - this.video.currentTime;
  }

  starved() {
    if (!this.started || this.video.seeking) return;
    this.count.stalls += 1;
    this.lead = Math.min(0.8, this.lead + 0.1); // an uneven network needs a little more in hand
  }

  keepLive() {
    const { video } = this, end = this.end();
    if (end === null) return;
    const behind = end - video.currentTime;
    const first = video.buffered.start(video.buffered.length - 1);
    if (!this.started) {
      this.started = true;
      this.jump(Math.max(first, end - this.lead));
    } else if (behind > JUMP_S || (video.currentTime < first && behind > 0.1)) {
      this.count.jumps += 1;
      this.jump(Math.max(first, end - this.lead));
    } else if (behind > Math.max(HURRY_S, this.lead + 0.3)) video.playbackRate = 1.05;
    else if (behind < Math.max(CALM_S, this.lead + 0.1)) video.playbackRate = 1;
    if (video.paused) video.play().catch(() => this.mute());
    const playing = !video.paused && video.readyState >= 3;
    if (playing) this.lead = Math.max(START_S, this.lead - 0.0005);
    this.tell(playing ? "playing" : this.socket.open ? "waiting" : "connecting");
  }

  jump(to) {
    this.video.currentTime = to;
    this.video.playbackRate = 1;
  }

  mute() { // sound without a gesture is not allowed: the picture goes on without it
    if (!this.video.muted) {
      this.video.muted = true;
      this.video.dispatchEvent(new Event("volumechange"));
    }
  }

  keepPicture() {
    const { video, cover } = this;
    if (!cover || !video.videoWidth || video.readyState < 2) return;
    cover.width = video.videoWidth;
    cover.height = video.videoHeight;
    cover.getContext("2d").drawImage(video, 0, 0);
  }

  stats() {
    const quality = this.video.getVideoPlaybackQuality?.() ?? {};
    return {
      behind: this.behind(),
      dropped: quality.droppedVideoFrames ?? 0,
      frames: quality.totalVideoFrames ?? 0,
      currentTime: this.video.currentTime,
      lead: this.lead,
      state: this.state,
      muted: this.video.muted,
      ...this.count,
    };
  }
}
