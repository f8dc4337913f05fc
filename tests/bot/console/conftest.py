import contextlib
import time
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bot.console.app import create_app
from bot.console.settings import ConsoleSettings
from bot.show.messages import DOWN, Card, CueView, Hello, Media, State

ORIGIN = "http://testserver"
DESK = {"origin": ORIGIN, "x-castmate": "desk"}
SHOE = Card(
    handle="shoe",
    number=1,
    title="Shoe",
    price="$59.00",
    picture="shoe.svg",
    url="javascript:alert(1)",
    detail="36–45",
)


class StillClock:
    """Time that a test moves."""

    def __init__(self):
        self.seconds = 1000.0

    def now(self):
        return datetime(2026, 11, 22, tzinfo=UTC)

    def time(self):
        return self.seconds

    async def sleep_until(self, t):
        raise AssertionError("nothing here waits by the clock")


class Show:
    """The show's end of a link, by hand."""

    def __init__(self, ws):
        self._ws = ws
        self._kept, self._pieces = [], []

    def tell(self, *messages):
        for message in messages:
            self._ws.send_text(message.model_dump_json())

    def send(self, kind, data):
        self._ws.send_bytes(bytes([kind]) + data)

    def heard(self, kind):
        """The next message of that type; others that come before it are kept."""
        for message in self._kept:
            if message.type == kind:
                self._kept.remove(message)
                return message
        while (message := self._next()) is None or message.type != kind:
            if message is not None:
                self._kept.append(message)
        return message

    def pieces(self):
        """The next piece of a live camera."""
        while not self._pieces:
            if (message := self._next()) is not None:
                self._kept.append(message)
        return self._pieces.pop(0)

    def _next(self):
        """The next message; None for a piece, which is kept."""
        frame = self._ws.receive()
        if frame["type"] == "websocket.close":
            raise WebSocketDisconnect(frame["code"], frame.get("reason"))
        if frame.get("text") is not None:
            return DOWN.validate_json(frame["text"])
        assert frame.get("bytes") is not None, frame
        self._pieces.append(frame["bytes"])
        return None


class Rig:
    def __init__(self, client, clock):
        self.client, self.clock = client, clock
        self.app = client.app
        self.hub = client.app.state.hub

    @contextlib.contextmanager
    def show(self, id_="s", *, token="link-token", hello=None):
        headers = {"authorization": f"Bearer {token}"}
        with self.client.websocket_connect(f"/link/{id_}", headers=headers) as ws:
            show = Show(ws)
            show.tell(hello or a_hello(id_))
            show.heard("viewers")  # the console took the hello
            yield show

    def wait(self, true):
        """Until the application, which runs in a thread of its own, has come so far."""
        for _ in range(1000):
            if true():
                return
            time.sleep(0.005)
        raise AssertionError("it never came true")

    def sign_in(self, page="console", key="operator-token"):
        answer = self.client.get(f"/{page}?key={key}", follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return answer

    def page(self, path):
        return self.client.websocket_connect(path, headers={"origin": ORIGIN})


def a_hello(id_="s", **changes):
    values = {
        "show": id_,
        "title": "Evening <shoes>",
        "language": "en",
        "platform": "room",
        "mode": "clone",
        "codecs": "avc1.42c01f,mp4a.40.2",
        "width": 720,
        "height": 1280,
        "rundown": (CueView(id="c1", kind="pitch", title="Shoe", seconds=60, card=SHOE),),
    }
    return Hello(**{**values, **changes})


def live(**changes):
    return State(
        **{"air": "live", "cohost": "absent", "policy": "clear", "cue": "c1", "card": SHOE, **changes}
    )


@pytest.fixture
def make_rig(tmp_path):
    with contextlib.ExitStack() as stack:

        def make(**changes):
            pictures = tmp_path / "pictures"
            pictures.mkdir(exist_ok=True)
            (pictures / "shoe.svg").write_text(
                "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "utf-8"
            )
            clock = StillClock()
            settings = ConsoleSettings("link-token", "operator-token", pictures, **changes)
            client = stack.enter_context(TestClient(create_app(settings, clock=clock)))
            return Rig(client, clock)

        yield make


@pytest.fixture
def rig(make_rig):
    return make_rig()


@pytest.fixture
def fragments():
    return {"init": (Media.INIT, b"init"), "key": (Media.KEY, b"key"), "delta": (Media.DELTA, b"delta")}


@pytest.fixture
def say():
    """The makers of messages, for tests that cannot import from here."""

    class Say:
        hello = staticmethod(a_hello)
        state = staticmethod(live)
        origin = ORIGIN
        desk = DESK

    return Say
