"""A Kuaishou open platform for tests, written from its documents, not from our client.

Sources: KwaiVideoTeam/kuaishou-liveopen-api: [6.1] to [6.4] of its README at 053ed82 (addresses, parameters,
samples, result codes), [auth] its page on tokens at b6c1203. No client of others for these calls was found;
that Kuaishou's servers answer so is unproven.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

APP, SECRET, BIZ = "ks-app-7", "fake-kuaishou-s3cr3t", "biz-9"
KEY = "KS-s3cr3t-sign"
PICTURE = b"\xff\xd8\xff\xe0" + b"\0" * 64
LIVE = "/openapi/kwaiUser/live/"


class Refusal(Exception):
    def __init__(self, result: int) -> None:
        super().__init__(str(result))
        self.result = result


@dataclass
class FakeKuaishou:
    """`clock`: seconds since 1970 as the server has it."""

    clock: Callable[[], float]
    access: str = "access-0"
    refresh: str = "refresh-0"
    dies: float = float("inf")
    code: str = "code-1"
    rooms: dict[str, str] = field(default_factory=dict)  # name of the stream -> state
    covers: list[bytes] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    refuse: list[int | httpx.Response] = field(default_factory=list)
    push: str = "rtmp://txyun-push.voip.yximgs.com/gifshow"
    down: bool = False
    _number: int = 0

    async def handle(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down")
        asked = dict(request.url.params)
        self.asked.append((request.method, request.url.path, asked))
        if self.refuse:
            first = self.refuse.pop(0)
            if isinstance(first, httpx.Response):
                return first
            return httpx.Response(200, json={"result": first, "content": None, "hostName": "bjfk"})
        try:
            return httpx.Response(200, json=self._answer(request, asked))
        except Refusal as refusal:
            return httpx.Response(200, json={"result": refusal.result, "content": None, "hostName": "bjfk"})

    def _answer(self, request: httpx.Request, asked: dict[str, str]) -> dict[str, object]:
        path = request.url.path
        if path.startswith("/oauth2/"):
            return self._tokens(path, asked)
        if asked.get("app_id") != APP:
            raise Refusal(200_100)
        if asked.get("access_token") != self.access or self.clock() > self.dies:
            raise Refusal(200_102)
        name = path.removeprefix(LIVE)
        if name == "pushUrls" and request.method == "POST":
            return self._push(request, asked)
        if name == "stopPush" and request.method == "POST":
            return self._stop(asked)
        if name.startswith("status/") and request.method == "GET":
            return self._status(name.removeprefix("status/"))
        raise Refusal(400_001)

    def _push(self, request: httpx.Request, asked: dict[str, str]) -> dict[str, object]:
        """[6.1]."""
        if asked.get("bizId") != BIZ or len(asked.get("caption", "")) > 13:
            raise Refusal(400_001)
        body = request.content
        part = re.search(
            rb'name="file"; filename="[^"]+\.(?:jpg|png)"\r\n.*?\r\n\r\n(.*?)\r\n--', body, re.DOTALL
        )
        if part is None or len(part[1]) > 2 << 20 or not part[1].startswith(b"\xff\xd8\xff"):
            raise Refusal(400_014)
        self.covers.append(part[1])
        name = f"bYowzZxAO{len(self.rooms)}"
        self.rooms[name] = "LIVE_NOT_START"
        content = {"pushUrl": f"{self.push}/{name}?sign={KEY}-{len(self.rooms)}", "liveStreamName": name}
        return {"result": 0, "content": content, "hostName": "bjfk-rs12223.yz02"}

    def _stop(self, asked: dict[str, str]) -> dict[str, object]:
        name = asked.get("liveStreamName", "")
        if name not in self.rooms:
            raise Refusal(400_005)
        self.rooms[name] = "LIVE_END"
        return {"result": 0, "hostName": "bjfk-rs12223.yz02"}

    def _status(self, name: str) -> dict[str, object]:
        if name not in self.rooms:
            raise Refusal(400_005)
        content = {"liveStreamName": name, "status": self.rooms[name], "statusMsg": ""}
        return {"result": 0, "content": content, "hostName": "bjfk-rs12223.yz02"}

    def _tokens(self, path: str, asked: dict[str, str]) -> dict[str, object]:
        """[auth]. That a refresh token serves once is unproven: here it does."""
        if (asked.get("app_id"), asked.get("app_secret")) != (APP, SECRET):
            return {"result": 100_200_101, "error": "unauthorized_client", "error_msg": "app"}
        if path == "/oauth2/refresh_token":
            if (asked.get("grant_type"), asked.get("refresh_token")) != ("refresh_token", self.refresh):
                return {"result": 100_200_102, "error": "access_denied", "error_msg": "token"}
        elif (asked.get("grant_type"), asked.get("code")) != ("code", self.code):
            return {"result": 100_200_105, "error": "invalid_grant", "error_msg": "code"}
        self._number += 1
        self.access, self.refresh = f"access-{self._number}", f"refresh-{self._number}"
        self.dies = self.clock() + 3600
        return {
            "result": 1, "access_token": self.access, "refresh_token": self.refresh, "open_id": "f1",
            "expires_in": 3600,
        }  # fmt: skip


def account(picture: str, **changed: str) -> dict[str, str]:
    fields = {
        "app_id": APP, "app_secret": SECRET, "biz_id": BIZ, "access_token": "access-0",
        "refresh_token": "refresh-0", "redirect_uri": "https://shop.example/back", "cover": picture,
    }  # fmt: skip
    return fields | changed
