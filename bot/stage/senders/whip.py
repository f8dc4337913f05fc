"""WHIP (RFC 9725): MPEG-TS from standard input to a WebRTC endpoint, through aiortc.

The H.264 packets go out as they came, not encoded again; sound is decoded and encoded as Opus, which WebRTC
takes. Order: {"url", "ca_file"}, url whip+https://HOST/PATH[#TOKEN]. Needs the extra castmate[whip].
"""

import asyncio
import ssl
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from urllib.parse import urldefrag, urljoin

import av
import httpx

from bot.stage.senders.wire import OVER, end, fail, read_order, report_from, sending_right, tell

ANSWER_S = CONNECT_S = 3.0
OPUS_SAMPLES = 960  # 20 ms at 48 kHz
QUEUE = 100  # packets of a kind between the reader and WebRTC's own pace


class WhipFailed(Exception):
    """Why there is no connection, in words that hold no address."""


class Queue:
    """From the reading thread to the event loop; the reader waits when it is full: nothing is lost here."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._queue = loop, asyncio.Queue[Any](QUEUE)

    def put(self, item: Any) -> None:
        asyncio.run_coroutine_threadsafe(self._queue.put(item), self._loop).result()

    async def get(self) -> Any:
        return await self._queue.get()


def track(kind: str, queue: Queue, sent: Callable[[int], None]) -> Any:
    """An aiortc track that gives what stands in `queue`: video packets, or audio frames."""
    from aiortc import MediaStreamTrack
    from aiortc.mediastreams import MediaStreamError

    class Piped(MediaStreamTrack):
        async def recv(self) -> Any:
            item = await queue.get()
            if item is None:
                self.stop()
                raise MediaStreamError
            sent(getattr(item, "size", 0) or 0)
            return item

    Piped.kind = kind
    return Piped()


class Reader:
    """Reads MPEG-TS on a thread: packets of the picture as they are, sound as frames that Opus takes.
    `may_send` is asked before each goes on its way.
    """

    def __init__(self, video: Queue, audio: Queue, may_send: Callable[[], bool]) -> None:
        self._video, self._audio, self._may_send = video, audio, may_send
        self._fifo = av.AudioFifo()
        self._resampler = av.AudioResampler(format="s16", layout="stereo", rate=48_000)
        self._samples = 0

    def run(self) -> None:
        try:
            options = {"probesize": "65536", "analyzeduration": "500000"}
            source = av.open("pipe:0", format="mpegts", options=options)
            for packet in source.demux():
                if packet.dts is None:
                    continue
                if not self._may_send():
                    fail(OVER)
                if packet.stream.type == "video":
                    self._video.put(self._plain(packet))
                else:
                    self._sound(packet)
        except (av.FFmpegError, OSError):
            fail("the sender could not read the show's stream")
        self._video.put(None)
        self._audio.put(None)

    def _plain(self, packet: Any) -> Any:
        out = av.Packet(bytes(packet))
        out.pts = out.dts = packet.pts
        out.time_base = packet.time_base
        return out

    def _sound(self, packet: Any) -> None:
        for frame in packet.decode():
            for even in self._resampler.resample(frame):
                even.pts = None
                self._fifo.write(even)
        while (block := self._fifo.read(OPUS_SAMPLES)) is not None:
            block.sample_rate, block.time_base = 48_000, Fraction(1, 48_000)
            block.pts, self._samples = self._samples, self._samples + OPUS_SAMPLES
            self._audio.put(block)


class Session:
    """One WHIP session. `sent`: bytes of video handed to WebRTC."""

    def __init__(self, url: str, ca_file: str) -> None:
        from aiortc import RTCConfiguration, RTCPeerConnection

        self._url, self._token = urldefrag(url.removeprefix("whip+"))
        trusted = ssl.create_default_context(cafile=ca_file)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        self._http = httpx.AsyncClient(verify=trusted, timeout=ANSWER_S, headers=headers)
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # an endpoint is reached as it is
        self._resource = ""
        self.sent = self._confirmed = 0
        self.lost = asyncio.Event()
        self._seen: object = None

    async def connect(self, video: Queue, audio: Queue) -> None:
        """Offers both streams and waits until media may flow. Raises WhipFailed."""
        from aiortc import RTCRtpSender, RTCSessionDescription

        self._video = self._peer.addTransceiver(track("video", video, self._count), direction="sendonly")
        h264 = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType == "video/H264"]
        self._video.setCodecPreferences(h264)
        self._peer.addTransceiver(track("audio", audio, lambda size: None), direction="sendonly")
        # what is passed on we cannot make a keyframe of: the show's encoder is asked
        setattr(self._video.sender, "_send_keyframe", lambda: tell(key=True))  # noqa: B010
        connected = asyncio.Event()

        @self._peer.on("connectionstatechange")
        def _changed() -> None:
            state = self._peer.connectionState
            if state == "connected":
                connected.set()
            elif state in ("failed", "closed", "disconnected"):
                self.lost.set()

        await self._peer.setLocalDescription(await self._peer.createOffer())
        answer = await self._post(self._peer.localDescription.sdp)
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        try:
            await asyncio.wait_for(connected.wait(), CONNECT_S)
        except TimeoutError:
            raise WhipFailed("the server does not take the stream") from None

    async def _post(self, offer: str) -> str:
        try:
            answer = await self._http.post(
                self._url, content=offer, headers={"Content-Type": "application/sdp"}
            )
        except (httpx.HTTPError, OSError) as e:
            raise WhipFailed(_words_of(e)) from None
        if answer.status_code != 201:
            raise WhipFailed(f"the server answers {answer.status_code} instead of 201")
        self._resource = urljoin(self._url, answer.headers.get("location", ""))
        return answer.text

    def _count(self, size: int) -> None:
        self.sent += size

    async def watch(self) -> None:
        """The server's reports of what came in (RTCP) confirm what was sent until then."""
        while not self.lost.is_set():
            for report in (await self._video.sender.getStats()).values():
                if report.type == "remote-inbound-rtp" and report.timestamp != self._seen:
                    self._seen, self._confirmed = report.timestamp, self.sent
            await asyncio.sleep(0.2)

    def status(self) -> dict[str, object]:
        return {"sent": self.sent, "acked": self._confirmed, "pending": self.sent - self._confirmed}

    async def close(self) -> None:
        if self._resource:
            try:
                await self._http.delete(self._resource)
            except httpx.HTTPError:
                pass  # the server ends the session by itself when nothing comes any more
        await self._peer.close()
        await self._http.aclose()


def _words_of(error: BaseException) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "the server does not answer"
    if "CERTIFICATE" in str(error).upper():
        return "the server's certificate was not accepted"
    return "the server refuses the connection"


async def send(order: dict[str, Any], may_send: Callable[[], bool]) -> int:
    """One session from its offer to its end; bytes sent. Raises WhipFailed."""
    session, loop = Session(order["url"], order["ca_file"]), asyncio.get_running_loop()
    report_from(session.status)
    video, audio = Queue(loop), Queue(loop)
    await session.connect(video, audio)
    reading = threading.Thread(target=Reader(video, audio, may_send).run, daemon=True)
    reading.start()
    watching = asyncio.ensure_future(session.watch())
    ended = asyncio.ensure_future(asyncio.to_thread(reading.join))
    lost = asyncio.ensure_future(session.lost.wait())
    await asyncio.wait([ended, lost], return_when=asyncio.FIRST_COMPLETED)
    watching.cancel()
    if session.lost.is_set():
        raise WhipFailed("the server closed the connection")
    await asyncio.sleep(0.3)  # the last packets are on their way out
    await session.close()
    return session.sent


def main() -> None:
    av.logging.set_level(None)
    order = read_order()
    try:
        import aiortc  # noqa: F401
    except ImportError:
        fail("WHIP needs aiortc: pip install 'castmate[whip]'")
    try:
        sent = asyncio.run(send(order, sending_right()))
    except WhipFailed as e:
        fail(str(e))
    except Exception as e:  # noqa: BLE001 (whatever it is becomes one status line; the parent decides)
        fail(e)
    end(sent)
