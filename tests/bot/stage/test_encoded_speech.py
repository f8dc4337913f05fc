"""What a listener gets of the host's voice after mixer and encoder: nothing that was not in it."""

from dataclasses import replace

import av
import numpy as np
import synthetic

from bot.stage.encoder import EncoderSettings
from bot.stage.mixer import BLOCK, Mixer
from persona.script import Line, LineKind
from persona.voice.kokoro import KokoroVoice

PRIMING = 1024  # samples that an AAC encoder sends before the first


def spoken(text: str) -> np.ndarray:
    """The sentence as the air mixes it, float32 [2, n]."""
    parts = [s.pcm for s in KokoroVoice().say(Line("l", LineKind.WELCOME, text, "en"))]
    voice = np.concatenate([*parts, np.zeros(BLOCK * 5, np.float32)])
    mixer = Mixer(1)
    return np.concatenate([mixer.block(voice[i : i + BLOCK]) for i in range(0, len(voice), BLOCK)], axis=1)


def sent_and_heard(sound: np.ndarray) -> np.ndarray:
    enc = synthetic.encoder(replace(synthetic.SMALL, audio_kbps=EncoderSettings().audio_kbps))
    whole = sound[:, : sound.shape[1] // BLOCK * BLOCK]
    blocks = np.split(whole, whole.shape[1] // BLOCK, axis=1)
    frame = av.VideoFrame(synthetic.WIDTH, synthetic.HEIGHT, "yuv420p")
    packets = [p for n, block in enumerate(blocks) for p in enc.encode(n, frame, block)] + enc.close()
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = enc.audio_extradata
    heard = [f.to_ndarray() for p in packets if p.kind == "audio" for f in decoder.decode(av.Packet(p.data))]
    return np.concatenate(heard, axis=1)[:, PRIMING : PRIMING + whole.shape[1]]


def test_the_encoder_adds_no_bursts_to_speech() -> None:
    """This sentence came out with bursts of a fifth of full scale while intensity stereo was on."""
    sound = spoken("Hello and welcome to Corner Shop.")
    heard = sent_and_heard(sound)
    wrong = heard - sound[:, : heard.shape[1]]
    assert np.abs(wrong).max() < 0.08
    ratio = 10 * np.log10((sound**2).sum() / (wrong**2).sum())
    assert ratio > 32, ratio
