// Audio worklet: gathers mono sound into 100 ms of signed 16-bit samples.
class Microphone extends AudioWorkletProcessor {
  size = Math.round(sampleRate / 10);
  block = new Int16Array(this.size);
  at = 0;

  process([channels]) {
    const samples = channels?.[0];
    if (!samples) return true;
    for (const sample of samples) {
      this.block[this.at++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.at === this.size) this.flush();
    }
    return true;
  }

  flush() {
    this.port.postMessage(this.block.buffer, [this.block.buffer]); // handed over: a new one is needed
    this.block = new Int16Array(this.size);
    this.at = 0;
  }
}
registerProcessor("microphone", Microphone);
