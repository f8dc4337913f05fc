"""A Shopee open platform for tests, written from its schemas, not from our client.

Sources, named by what they prove:
  [s]       schemas/v2.livestream.NAME.json in congminh1254/shopee-sdk cb231e9 (copies of Shopee's own):
            paths, fields, samples, errors, common parameters (5 minutes, 4 hours, the sign's parts)
  [p]       schemas/v2.public.refresh_access_token.json there: renewal, 30 days, once
  unproven  no source: named so where it stands. That the sign's parts come in the order of the text in [s] is
            unproven for user_id (the SDK signs shop_id in that place)

No third party's client was seen to accept it: the SDK sends shop_id where [s] asks for user_id.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

PARTNER, KEY, USER, SHOP = "2001887", "fake-partner-key-s3cr3t", "7001", "9001"
LIVE = "/api/v2/livestream/"
COMMENTS_S = 10  # [s] get_latest_comment_list: "in the last 10 seconds"


@dataclass
class Session:
    id: int
    title: str
    status: int = 0
    ai: bool | None = None
    comments: list[dict[str, Any]] = field(default_factory=list)
    shown: tuple[int, int] | None = None


@dataclass
class FakeShopee:
    """`clock`: seconds since 1970 as the server has it."""

    clock: Callable[[], float]
    access: str = "access-0"
    refresh: str = "refresh-0"
    dies: float = float("inf")  # of the access token
    sessions: dict[int, Session] = field(default_factory=dict)
    refuse: list[tuple[int, str, str]] = field(
        default_factory=list
    )  # (status, error, message) of next answers
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    garbage: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)  # answers as they are
    down: bool = False
    page: int = 50
    _number: int = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down")
        query = dict(request.url.params)
        body = json.loads(request.content) if request.content else None
        path = request.url.path
        self.asked.append((path, query, body))
        if self.garbage:
            status, headers, raw = self.garbage.pop(0)
            return httpx.Response(status, headers=headers, content=raw)
        if self.refuse:
            status, error, message = self.refuse.pop(0)
            return httpx.Response(status, json=_answer(error, message))
        error = self._checked(path, query)
        if error:
            return httpx.Response(200, json=_answer(*error))
        if path == "/api/v2/auth/access_token/get":
            return httpx.Response(200, json=self._renewed(body))
        served = self._served(request.method, path, query if body is None else body)
        return httpx.Response(200, json=served)

    def _checked(self, path: str, query: dict[str, str]) -> tuple[str, str] | None:
        if query.get("partner_id") != PARTNER:
            return "error_auth", "partner_id is invalid"
        if abs(int(query["timestamp"]) - self.clock()) > 300:
            return "error_param", "Timestamp is expired."
        public = path.startswith("/api/v2/auth/")
        parts = [PARTNER, path, query["timestamp"]]
        parts += [] if public else [query.get("access_token", ""), query.get("user_id", "")]
        if query.get("sign") != hmac.new(KEY.encode(), "".join(parts).encode(), hashlib.sha256).hexdigest():
            return "error_sign", "Wrong sign."
        if public:
            return None
        if query.get("user_id") != USER:
            return "user_no_linked", "Partner and user has no linked."
        if query.get("access_token") != self.access or self.clock() > self.dies:
            return (
                "invalid_acceess_token",
                "Invalid access_token, please have a check.",
            )  # [s]: so it is spelt
        return None

    def _renewed(self, body: dict[str, Any]) -> dict[str, Any]:
        """[p]: a refresh token serves once."""
        if body["refresh_token"] != self.refresh or body["user_id"] != int(USER):
            return _answer("refresh_token_expired", "Your refresh_token expired.")
        self._number += 1
        self.access, self.refresh = f"access-{self._number}", f"refresh-{self._number}"
        self.dies = self.clock() + 14_400
        return _answer() | {
            "partner_id": int(PARTNER), "user_id": int(USER), "access_token": self.access,
            "refresh_token": self.refresh, "expire_in": 14_400,
        }  # fmt: skip

    def _served(self, method: str, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        name = path.removeprefix(LIVE)
        if name == "create_session":
            return self._create(asked)
        session = self.sessions.get(int(asked["session_id"]))
        if session is None:
            return _answer("error_data", f"The session(session_id:{asked['session_id']}) is not exist")
        if name not in ("start_session", "get_session_detail", "get_show_item") and session.status != 1:
            return _answer("error_data", f"The session(session_id:{session.id}) is not ongoing")
        handler = {
            "start_session": self._start, "end_session": self._end, "get_session_detail": self._detail,
            "get_latest_comment_list": self._comments, "post_comment": self._post,
            "update_show_item": self._show, "get_show_item": self._shown, "get_session_metric": self._metric,
        }[name]  # fmt: skip
        assert (method == "GET") == name.startswith("get_"), f"{method} {name}"  # [s]: method
        return handler(session, asked)

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not asked.get("title") or len(asked["title"]) > 200:
            return _answer("error_param", "Invalid title")
        if not str(asked.get("cover_image_url", "")).startswith("https://"):
            return _answer("error_param", "Invalid cover_image_url")
        going = [s for s in self.sessions.values() if s.status == 1]
        if going:
            text = f"The last session(session_id:{going[0].id}) is still ongoing, please end it first"
            return _answer("error_data", text)
        id_ = 6_236_215 + len(self.sessions)
        self.sessions[id_] = Session(id_, asked["title"])
        return _answer(response={"session_id": id_})

    def _start(self, session: Session, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("domain_id") != 57:
            return _answer("error_param", "Invalid domain_id")
        session.status, session.ai = 1, asked.get("ai_stream")
        return _answer()

    def _end(self, session: Session, asked: dict[str, Any]) -> dict[str, Any]:
        session.status = 2
        return _answer()

    def _detail(self, session: Session, asked: dict[str, Any]) -> dict[str, Any]:
        streams = {
            "push_url": "rtmp://push-zl.lvb.test.shopee.co.id/live",
            "push_key": f"id-test-{session.id}?zlSecret=s3cr3t-stream-key&session_id={session.id}",
            "play_url": "http://play-zl.livestream.test.shopee.co.id/live/x.flv", "domain_id": 57,
        }  # fmt: skip
        told = {"session_id": session.id, "title": session.title, "status": session.status}
        return _answer(response=told | {"stream_url_list": streams})

    def _comments(self, session: Session, asked: dict[str, Any]) -> dict[str, Any]:
        """How pages and next_offset go together is unproven: here the offset counts in the ten seconds."""
        late = [c for c in session.comments if self.clock() - c["timestamp"] <= COMMENTS_S]
        start = int(asked.get("offset", 0))
        some = late[start : start + self.page]
        return _answer(response={"next_offset": start + len(some), "list": some})

    def _post(self, session: Session, asked: dict[str, Any]) -> dict[str, Any]:
        content = asked["content"]
        if not content:
            return _answer("error_param", "Cannot send empty comment")
        if len(content) > 150:
            return _answer("error_data", "The content cannot exceed 150 characters")
        if "forbidden" in content:
            return _answer("error_data", "The content contains sensitive content")
        self.posted.append(content)
        self.write(session, content, 43_432_342_324 + len(self.posted), user=int(USER), name="host")
        return _answer(response={"comment_id": 43_432_342_324 + len(self.posted)})

    def _show(self, session: Session, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["item_id"] == 404:
            return _answer("error_param", "Invalid item_id")
        session.shown = (asked["shop_id"], asked["item_id"])
        return _answer()

    def _shown(self, session: Session, asked: dict[str, Any]) -> dict[str, Any]:
        if session.shown is None:
            return _answer(response={"has_show_item": False})
        shop, item = session.shown
        return _answer(response={"has_show_item": True, "item": {"item_id": item, "shop_id": shop}})

    def _metric(self, session: Session, asked: dict[str, Any]) -> dict[str, Any]:
        figures = {"gmv": 12.5, "atc": 3, "ctr": 0.1, "co": 0.1, "orders": 2, "ccu": 17, "likes": 40}
        return _answer(response=figures)

    # ---- what tests do

    @property
    def going(self) -> Session:
        (session,) = [s for s in self.sessions.values() if s.status == 1]
        return session

    def write(self, session: Session, text: str, id_: int, *, user: int = 123, name: str = "mei") -> None:
        told = {"comment_id": id_, "content": text, "timestamp": int(self.clock()), "user_id": user}
        session.comments.append(told | {"username": name})


def _answer(error: str = "", message: str = "", response: Any = None) -> dict[str, Any]:
    return {"error": error, "message": message, "request_id": "ae9e59cf", "response": response or {}}


def account(**changed: str) -> dict[str, str]:
    fields = {
        "partner_id": PARTNER, "partner_key": KEY, "user_id": USER, "access_token": "access-0",
        "refresh_token": "refresh-0", "shop_id": SHOP, "region": "PH", "item.mug": "2312",
        "cover_image_url": "https://cf.shopee.sg/file/id-11134104",
    }  # fmt: skip
    return fields | changed
