// Audio worklet: gathers mono sound into 100 ms of signed 16-bit samples.
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Int16Array(Math.round(sampleRate / 10));
    this.at = 0;
  }

  process([channels]) {
    const samples = channels?.[0];
    if (!samples) return true;
    for (const sample of samples) {
      this.block[this.at++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.at === this.block.length) {
        this.port.postMessage(this.block.buffer, [this.block.buffer]);
        this.block = new Int16Array(this.block.length);
        this.at = 0;
      }
    }
    return true;
  }
}
registerProcessor("microphone", Microphone);
