"""A speech server that is slow, refuses, breaks off, lies or never ends: each an error that says which."""

import itertools
import json
import logging
import pickle

import httpx
import numpy as np
import pytest
from singing import RATE, sung, wav

from persona.voice.server import LONGEST_S, MOST_BYTES, ServerSource
from persona.voice.speech_server import SpeechServer
from products.errors import RemoteError, SetupError

TEXT = "Just fifty-nine dollars, and a choice."
SECONDS = len(TEXT) * 0.066
KEY = "sk-very-secret-0123456789"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Answers in turn with what it is given; remembers what it was asked."""

    def __init__(self, *answers, **changed):
        self.clock, self.asked, self.answers = (
            Clock(),
            [],
            itertools.chain(answers, itertools.repeat(answers[-1])),
        )
        server = SpeechServer(**{"url": "http://speech.test/v1", "key": KEY, "timeout_s": 5.0, **changed})
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.source = ServerSource(server, "nova", client=client, clock=self.clock)
        self.source._closed.wait = lambda seconds: self.pass_by(seconds)  # time is ours

    def pass_by(self, seconds):
        self.clock.now += seconds
        return False

    def _answer(self, request):
        self.asked.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer(self) if callable(answer) else answer

    def speak(self):
        return self.source.speak(TEXT, SECONDS)


def good(data=None):
    return httpx.Response(200, content=wav(sung(TEXT)) if data is None else data)


def test_what_is_asked_and_what_comes_back():
    server = Server(good())
    sound, rate = server.speak()
    (request,) = server.asked
    assert str(request.url) == "http://speech.test/v1/audio/speech" and request.method == "POST"
    assert json.loads(request.content) == {
        "model": "tts-1", "voice": "nova", "input": TEXT, "response_format": "wav",
    }  # fmt: skip
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert rate == RATE and len(sound) == len(sung(TEXT))


def test_pcm_is_24_khz_of_16_bit():
    body = (sung(TEXT) * 32767).astype("<i2").tobytes()
    sound, rate = Server(good(body), format="pcm").speak()
    assert rate == 24_000 and len(sound) == len(body) // 2


def test_a_wav_is_taken_for_one_where_pcm_was_asked_for():
    sound, rate = Server(good(wav(sung(TEXT, 16_000), 16_000)), format="pcm").speak()
    assert rate == 16_000 and len(sound) / rate == pytest.approx(len(sung(TEXT)) / RATE, abs=0.01)


def test_without_a_key_none_is_sent():
    server = Server(good(), key="")
    server.speak()
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.Response(401), "refuses the key"),
        (httpx.Response(404), r"does not take what is asked of it \(404\)"),
        (httpx.Response(302, headers={"location": "http://else.test/"}), "302"),
        (good(b""), "it is empty"),
        (good(b"<html>busy</html>"), "no WAV"),
        (good(b'{"error": "busy"}'), "no WAV"),
        (good(b"ID3\x04" + bytes(900)), "no WAV"),
        (good(wav(np.zeros(2 * RATE, np.float32))), "silence"),
        (good(wav(sung(TEXT), rate=8_000)), "another rate"),
        (good(wav(sung(TEXT * 4))), "other words"),
        (good(wav(sung("Hi"), rate=48_000)), "other words"),
        (good(wav(sung(TEXT), rate=1)), "1 samples a second"),
    ],
)
def test_an_answer_that_is_no_speech_is_named_and_not_asked_for_again(answer, why):
    server = Server(answer)
    with pytest.raises(RemoteError, match=why):
        server.speak()
    assert len(server.asked) == 1


@pytest.mark.parametrize("trouble", [httpx.Response(503), httpx.ConnectError("no"), httpx.ReadError("cut")])
def test_a_broken_line_or_a_server_s_fault_is_tried_once_more(trouble):
    server = Server(trouble, good())
    server.speak()
    assert len(server.asked) == 2 and server.clock.now == pytest.approx(0.3)
    failing = Server(trouble)
    with pytest.raises(RemoteError, match=r"failed \(503\)|does not answer"):
        failing.speak()
    assert len(failing.asked) == 2


def test_a_time_out_is_told_with_its_length_and_not_tried_again():
    server = Server(httpx.ReadTimeout("late"))
    with pytest.raises(RemoteError, match="longer than 5 s"):
        server.speak()
    assert len(server.asked) == 1


def test_an_answer_that_trickles_is_cut_at_its_time():
    def trickle(server):
        def body():
            yield wav(sung(TEXT))[:1000]
            while True:
                server.clock.now += 1
                yield b"\0"

        return httpx.Response(200, content=body())

    server = Server(trickle)
    with pytest.raises(RemoteError, match="longer than 5 s"):
        server.speak()
    assert server.clock.now <= 7


def test_an_endless_stream_is_cut_at_its_size():
    sent = []

    def endless(server):
        def body():
            while True:
                sent.append(1)
                yield bytes(1 << 20)

        return httpx.Response(200, content=body())

    with pytest.raises(RemoteError, match=f"without end: more than {LONGEST_S:.0f} s"):
        Server(endless).speak()
    assert len(sent) <= (MOST_BYTES >> 20) + 2


def test_who_asks_for_less_is_left_alone_as_long_as_it_says():
    server = Server(httpx.Response(429, headers={"retry-after": "30"}), good())
    with pytest.raises(RemoteError, match="asks for less"):
        server.speak()
    with pytest.raises(RemoteError, match="left alone"):
        server.speak()
    assert len(server.asked) == 1
    assert server.clock.now >= 5  # a line that fails takes its time: the rundown is not run through
    server.clock.now = 31
    server.speak()
    assert len(server.asked) == 2


def test_three_failures_in_a_row_and_it_is_left_alone_for_a_minute():
    server = Server(httpx.Response(404), httpx.Response(404), httpx.Response(404), good())
    for _ in range(3):
        with pytest.raises(RemoteError, match="404"):
            server.speak()
    with pytest.raises(RemoteError, match="left alone"):
        server.speak()
    server.clock.now += 61
    server.speak()
    assert len(server.asked) == 4


def test_the_key_is_in_no_message_no_log_and_no_identity(caplog):
    caplog.set_level(logging.DEBUG)
    told = []
    for answer in (httpx.Response(401, text=KEY), httpx.ConnectError(KEY), good(b"no")):
        server = Server(answer)
        with pytest.raises(RemoteError) as error:
            server.speak()
        told += [str(error.value), repr(error.value.__cause__), server.source.identity]
    given = SpeechServer("http://speech.test/v1", key=KEY)
    assert KEY not in "".join((*told, caplog.text, repr(given)))
    assert pickle.loads(pickle.dumps(given)) == given  # it reaches the studio's process


def test_without_an_address_it_says_what_to_set():
    with pytest.raises(SetupError, match="CASTMATE_SPEECH_URL"):
        ServerSource(SpeechServer(""), "nova")
