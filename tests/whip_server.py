"""A WHIP endpoint made of aiortc, as a program: python whip_server.py PORT FOLDER TOKEN.

Writes seen.json: frames and samples that came, when pictures flashed and when the tone began (monotonic
seconds), sessions opened and closed. Not our code's other half: it receives what any WebRTC server would.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import numpy as np
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from fastapi import FastAPI, Request, Response

PORT, FOLDER, TOKEN = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
app = FastAPI()
seen = {"opened": 0, "closed": 0, "video": 0, "audio": 0, "flashes": [], "tones": [], "size": None, "pts": []}
peers: dict[str, RTCPeerConnection] = {}
tasks: set[asyncio.Task] = set()


async def watch(track) -> None:
    was = False
    while True:
        frame = await track.recv()
        seen[track.kind] += 1
        if track.kind == "video":
            seen["size"] = [frame.width, frame.height]
            seen["pts"].append(round(float(frame.pts * frame.time_base), 3))
            now = frame.to_ndarray(format="gray").mean() > 150
        else:
            now = np.abs(frame.to_ndarray()).max() > 6000
        if now and not was:
            seen["flashes" if track.kind == "video" else "tones"].append(time.monotonic())
        was = now
        (FOLDER / "new.json").write_text(json.dumps(seen))
        (FOLDER / "new.json").rename(FOLDER / "seen.json")


@app.post("/whip/live")
async def offer(request: Request) -> Response:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return Response(status_code=401)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    @peer.on("track")
    def on_track(track) -> None:
        task = asyncio.ensure_future(watch(track))
        tasks.add(task)
        task.add_done_callback(lambda t: (tasks.discard(t), t.exception()))

    sdp = (await request.body()).decode()
    await peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    seen["opened"] += 1
    name = str(seen["opened"])
    peers[name] = peer
    return Response(
        peer.localDescription.sdp, 201, {"Location": f"/whip/live/{name}"}, media_type="application/sdp"
    )


@app.delete("/whip/live/{name}")
async def close(name: str) -> Response:
    seen["closed"] += 1
    await peers.pop(name).close()
    (FOLDER / "seen.json").write_text(json.dumps(seen))
    return Response(status_code=200)


uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error")
