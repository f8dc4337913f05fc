"""The REST side and the login, as an ASGI application."""

import asyncio
import base64
import hashlib
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import unquote, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from youtube_fake.world import CHANNEL, CLIENT_ID, CLIENT_SECRET, Room, World, stamp

DOMAINS = {"quotaExceeded": "youtube.quota", "authError": "global", "rateLimitExceeded": "youtube.liveChat"}
GROUPS = {
    "active": ("live", "testing", "liveStarting"),
    "upcoming": ("created", "ready"),
    "completed": ("complete",),
}
KEPT = (
    "privacyStatus",
    "embeddable",
    "license",
    "publicStatsViewable",
    "publishAt",
    "selfDeclaredMadeForKids",
)


class Cut(Exception):
    """The connection breaks without an answer."""


class Refuse(Exception):
    def __init__(self, status: int, reason: str, message: str = "no") -> None:
        self.status, self.reason, self.message = status, reason, message


def error(status: int, reason: str, message: str, headers=None) -> Response:
    detail = {"message": message, "domain": DOMAINS.get(reason, "youtube.common"), "reason": reason}
    body = {"error": {"code": status, "message": message, "errors": [detail]}}
    return JSONResponse(body, status, headers)


def app(world: World) -> Starlette:
    """`world` stands behind it."""
    api = Api(world)
    login = Logins(world)
    v3 = "/youtube/v3"
    return Starlette(
        routes=[
            Route(f"{v3}/channels", api.call("channels.list", api.channels), methods=["GET"]),
            Route(f"{v3}/liveBroadcasts", api.call("liveBroadcasts.list", api.broadcasts), methods=["GET"]),
            Route(f"{v3}/liveBroadcasts", api.call("liveBroadcasts.insert", api.insert), methods=["POST"]),
            Route(f"{v3}/liveBroadcasts/bind", api.call("liveBroadcasts.bind", api.bind), methods=["POST"]),
            Route(
                f"{v3}/liveBroadcasts/transition",
                api.call("liveBroadcasts.transition", api.transition),
                methods=["POST"],
            ),
            Route(f"{v3}/liveStreams", api.call("liveStreams.list", api.streams), methods=["GET"]),
            Route(f"{v3}/liveStreams", api.call("liveStreams.insert", api.insert_stream), methods=["POST"]),
            Route(f"{v3}/videos", api.call("videos.list", api.videos), methods=["GET"]),
            Route(f"{v3}/videos", api.call("videos.update", api.update), methods=["PUT"]),
            Route(f"{v3}/liveChat/messages", api.call("liveChatMessages.list", api.chat), methods=["GET"]),
            Route(f"{v3}/liveChat/messages", api.call("liveChatMessages.insert", api.say), methods=["POST"]),
            Route("/auth", login.consent, methods=["GET"]),
            Route("/device/code", login.device, methods=["POST"]),
            Route("/token", login.token, methods=["POST"]),
            Route("/revoke", login.revoke, methods=["POST"]),
        ]
    )


class Api:
    """One method for each call; each gives a body, or raises Refuse."""

    def __init__(self, world: World) -> None:
        self.w = world

    def call(self, method: str, answer):
        async def handle(request: Request) -> Response:
            w, headers = self.w, {"Date": format_datetime(self.w.time, usegmt=True)}
            bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
            w.bearers.append(bearer)
            within = w.spend(method)
            fault = w.fault(method)
            if bearer not in w.access:
                return error(401, "authError", "Invalid Credentials", headers)
            if fault is not None and not fault.done:
                return self.faulty(fault, headers)
            if not within:
                says = (
                    'The request cannot be completed because you have exceeded your <a href="/q">quota</a>.'
                )
                return error(403, "quotaExceeded", says, headers)
            w.look()
            body = None
            if request.method in ("POST", "PUT") and (await request.body()):
                body = await request.json()
                w.bodies.append((method, body))
            try:
                made = answer(dict(request.query_params), body)
            except Refuse as no:
                return error(no.status, no.reason, no.message, headers)
            if fault is not None:
                return self.faulty(fault, headers)
            if method == "liveChatMessages.insert":
                await asyncio.sleep(w.slow_s)
            return JSONResponse(made, headers=headers)

        return handle

    @staticmethod
    def faulty(fault, headers) -> Response:
        if fault.cut:
            raise Cut
        headers |= fault.headers
        if fault.body is not None:
            return Response(fault.body, fault.status, headers)
        if fault.reason is None:
            return Response("<html>Sorry...", fault.status, headers)
        return error(fault.status, fault.reason, fault.message, headers)

    @staticmethod
    def parts(resource: dict, query: dict) -> dict:
        wanted = set(query.get("part", "").split(","))
        return {k: v for k, v in resource.items() if k in ("kind", "etag") or k in wanted}

    def listed(self, kind: str, found: list[dict], query: dict) -> dict:
        items = [self.parts(r, query) for r in found]
        info = {"totalResults": len(items), "resultsPerPage": 50}
        return {"kind": f"youtube#{kind}ListResponse", "etag": "etag", "pageInfo": info, "items": items}

    # ---- broadcasts, streams, videos

    def channels(self, query, body):
        return self.listed("channel", [{"kind": "youtube#channel", "etag": "etag", "id": CHANNEL}], query)

    def broadcasts(self, query, body):
        if sum(name in query for name in ("id", "mine", "broadcastStatus")) != 1:
            raise Refuse(400, "incompatibleParameters")
        found = list(self.w.broadcasts.values())
        if "id" in query:
            found = [b for b in found if b["id"] in query["id"].split(",")]
        if query.get("broadcastStatus", "all") != "all":
            found = [b for b in found if b["status"]["lifeCycleStatus"] in GROUPS[query["broadcastStatus"]]]
        return self.listed("liveBroadcast", found, query)

    def insert(self, query, body):
        w, snippet = self.w, body.get("snippet", {})
        if not 1 <= len(snippet.get("title", "")) <= 100 or set("<>") & set(snippet["title"]):
            raise Refuse(400, "invalidTitle")
        if len(snippet.get("description", "")) > 5000:
            raise Refuse(400, "invalidDescription")
        if "scheduledStartTime" not in snippet:
            raise Refuse(400, "scheduledStartTimeRequired")
        if snippet["scheduledStartTime"] < stamp(w.time)[:19]:
            raise Refuse(400, "invalidScheduledStartTime")
        if "privacyStatus" not in body.get("status", {}):
            raise Refuse(400, "privacyStatusRequired")
        video = w.id("vid")
        room = Room(w.id("chat"), video)
        w.rooms[room.id] = room
        details = {"enableAutoStart": False, "enableAutoStop": False} | body.get("contentDetails", {})
        details.setdefault("monitorStream", {"enableMonitorStream": True, "broadcastStreamDelayMs": 0})
        made = {
            "kind": "youtube#liveBroadcast",
            "etag": "etag",
            "id": video,
            "snippet": snippet | {"channelId": CHANNEL, "liveChatId": room.id, "publishedAt": stamp(w.time)},
            "status": {"lifeCycleStatus": "created", "recordingStatus": "notRecording"} | body["status"],
            "contentDetails": details,
        }
        w.broadcasts[video] = made
        privacy = body["status"]["privacyStatus"]
        w.videos[video] = {
            "uploadStatus": "uploaded", "privacyStatus": privacy, "license": "youtube", "embeddable": True,
            "publicStatsViewable": True, "madeForKids": False, "selfDeclaredMadeForKids": False,
        }  # fmt: skip
        return self.parts(made, query)

    def found(self, query) -> dict:
        if query.get("id") not in self.w.broadcasts:
            raise Refuse(404, "liveBroadcastNotFound")
        return self.w.broadcasts[query["id"]]

    def bind(self, query, body):
        broadcast = self.found(query)
        if broadcast["status"]["lifeCycleStatus"] not in ("created", "ready"):
            raise Refuse(403, "liveBroadcastBindingNotAllowed")
        if query.get("streamId") not in self.w.streams:
            raise Refuse(404, "liveStreamNotFound")
        broadcast["contentDetails"]["boundStreamId"] = query["streamId"]
        broadcast["status"]["lifeCycleStatus"] = "ready"
        return self.parts(broadcast, query)

    def transition(self, query, body):
        broadcast, to = self.found(query), query.get("broadcastStatus")
        state = broadcast["status"]["lifeCycleStatus"]
        monitored = broadcast["contentDetails"]["monitorStream"]["enableMonitorStream"]
        stream = self.w.streams.get(broadcast["contentDetails"].get("boundStreamId", ""), {})
        if to == state or (to == "live" and state == "liveStarting"):
            raise Refuse(403, "redundantTransition")
        allowed = {
            "testing": monitored and state == "ready",
            "live": state == "testing" or (state == "ready" and not monitored),
            "complete": state in ("live", "testing"),
        }
        if not allowed.get(to, False):
            raise Refuse(403, "invalidTransition")
        if to != "complete" and stream.get("status", {}).get("streamStatus") != "active":
            raise Refuse(403, "errorStreamInactive")
        if to == "complete":
            self.w.complete(broadcast["id"])
        else:
            broadcast["status"]["lifeCycleStatus"] = "liveStarting" if to == "live" else to
        return self.parts(broadcast, query)

    def streams(self, query, body):
        if sum(name in query for name in ("id", "mine")) != 1:
            raise Refuse(400, "incompatibleParameters")
        found = list(self.w.streams.values())
        if "id" in query:
            found = [s for s in found if s["id"] in query["id"].split(",")]
        return self.listed("liveStream", found, query)

    def insert_stream(self, query, body):
        w = self.w
        if not 1 <= len(body.get("snippet", {}).get("title", "")) <= 128:
            raise Refuse(400, "invalidTitle")
        cdn = body.get("cdn", {})
        for name, reason in (
            ("ingestionType", "ingestionTypeRequired"),
            ("resolution", "resolutionRequired"),
            ("frameRate", "frameRateRequired"),
        ):
            if name not in cdn:
                raise Refuse(400, reason)
        info = {
            "streamName": f"k3y-{w.id('')}-secret",
            "ingestionAddress": w.ingest,
            "backupIngestionAddress": f"{w.ingest}?backup=1",
        }
        if w.rtmps:
            info |= {"rtmpsIngestionAddress": w.rtmps, "rtmpsBackupIngestionAddress": f"{w.rtmps}?backup=1"}
        made = {
            "kind": "youtube#liveStream",
            "etag": "etag",
            "id": w.id("str"),
            "snippet": body["snippet"] | {"channelId": CHANNEL, "publishedAt": stamp(w.time)},
            "cdn": cdn | {"ingestionInfo": info},
            "status": {"streamStatus": "ready", "healthStatus": {"status": "noData"}},
            "contentDetails": {"isReusable": body.get("contentDetails", {}).get("isReusable", True)},
        }
        w.streams[made["id"]] = made
        return self.parts(made, query)

    def video(self, id_: str) -> dict:
        w, broadcast = self.w, self.w.broadcasts[id_]
        live = {"scheduledStartTime": broadcast["snippet"]["scheduledStartTime"]}
        room = next(r for r in w.rooms.values() if r.video == id_)
        if room.open:
            live["activeLiveChatId"] = room.id
        if w.viewers is not None and broadcast["status"]["lifeCycleStatus"] == "live":
            live["concurrentViewers"] = str(w.viewers)
        for name in ("actualStartTime", "actualEndTime"):
            if name in broadcast["snippet"]:
                live[name] = broadcast["snippet"][name]
        return {
            "kind": "youtube#video", "etag": "etag", "id": id_, "status": w.videos[id_],
            "liveStreamingDetails": live,
        }  # fmt: skip

    def videos(self, query, body):
        found = [self.video(i) for i in query.get("id", "").split(",") if i in self.w.videos]
        return self.listed("video", found, query)

    def update(self, query, body):
        w, id_ = self.w, body.get("id")
        if id_ not in w.videos:
            raise Refuse(404, "videoNotFound")
        if "status" in query.get("part", ""):
            new = body.get("status", {})
            status = {k: v for k, v in w.videos[id_].items() if k not in KEPT} | {
                k: new[k] for k in KEPT if k in new
            }
            if w.flag_sticks and "containsSyntheticMedia" in new:
                status["containsSyntheticMedia"] = new["containsSyntheticMedia"]
            w.videos[id_] = status
        return self.parts(self.video(id_), query)

    # ---- the chat

    def open_room(self, id_: str) -> Room:
        room = self.w.rooms.get(id_)
        if room is None:
            raise Refuse(404, "liveChatNotFound")
        if not room.open:
            raise Refuse(403, "liveChatEnded")
        return room

    def chat(self, query, body):
        room = self.open_room(query.get("liveChatId", ""))
        page = self.w.page(room, query.get("pageToken", ""), int(query.get("maxResults", 500)))
        if page is None:
            raise Refuse(400, "pageTokenInvalid")
        items, token = page
        made = self.listed("liveChatMessage", items, query)
        return made | {"nextPageToken": token, "pollingIntervalMillis": self.w.polling_ms}

    def say(self, query, body):
        snippet = body.get("snippet", {})
        room = self.open_room(snippet.get("liveChatId", ""))
        text = snippet.get("textMessageDetails", {}).get("messageText", "")
        if snippet.get("type") != "textMessageEvent" or not 1 <= len(text) <= 200:
            raise Refuse(400, "messageTextInvalid")
        made = self.w.write(text, name="Shop", channel=CHANNEL, owner=True, room=room)
        return self.parts(made, query)


class Logins:
    """Google's login."""

    def __init__(self, world: World) -> None:
        self.w = world

    async def consent(self, request: Request) -> Response:
        """The operator's browser: agrees at once, unless told otherwise."""
        q = request.query_params
        redirect = q["redirect_uri"]
        if q["client_id"] != CLIENT_ID or not redirect.startswith(("http://127.0.0.1:", "http://localhost:")):
            return Response("Error 400: redirect_uri_mismatch", 400)
        back = {"state": q.get("state", "")}
        if self.w.fault("consent"):
            back["error"] = "access_denied"
        else:
            back |= {"code": self.w.id("4/code"), "scope": q["scope"]}
            self.w.codes[back["code"]] = (redirect, q.get("code_challenge"), q.get("code_challenge_method"))
        return RedirectResponse(f"{redirect}?{urlencode(back)}", 302)

    async def device(self, request: Request) -> Response:
        form = await request.form()
        if form.get("client_id") != CLIENT_ID:
            return JSONResponse({"error": "invalid_client"}, 401)
        if form.get("scope") != "https://www.googleapis.com/auth/youtube":
            return JSONResponse({"error": "invalid_scope"}, 400)
        code = self.w.id("device-code-")
        self.w.devices[code] = {"agreed": None, "until": self.w.time + timedelta(seconds=1800), "asked": None}
        return JSONResponse(
            {
                "device_code": code,
                "user_code": "GQVQ-JKEC",
                "verification_url": "https://www.google.com/device",
                "expires_in": 1800,
                "interval": 5,
            }
        )

    async def token(self, request: Request) -> Response:
        form, w = await request.form(), self.w
        fault = w.fault("token")
        if fault is not None:
            return Api.faulty(fault, {})
        if self.client(request, form) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client", "error_description": "Unauthorized"}, 401)
        match form.get("grant_type"):
            case "refresh_token":
                if form.get("refresh_token") not in w.refresh:
                    says = "Token has been expired or revoked."
                    return JSONResponse({"error": "invalid_grant", "error_description": says}, 400)
                return JSONResponse(self.grant(refresh=False))
            case "authorization_code":
                redirect, challenge, method = w.codes.pop(form.get("code"), (None, None, None))
                digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
                proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
                if redirect != form.get("redirect_uri") or method != "S256" or proof != challenge:
                    return JSONResponse({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
                return JSONResponse(self.grant(refresh=True))
            case "urn:ietf:params:oauth:grant-type:device_code":
                return self.for_device(w.devices.get(form.get("device_code")))
        return JSONResponse({"error": "unsupported_grant_type"}, 400)

    @staticmethod
    def client(request: Request, form) -> tuple:
        """In the form, or in the header as Google's own library sends it (RFC 6749 2.3.1)."""
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            id_, _, secret = base64.b64decode(given).decode().partition(":")
            return unquote(id_), unquote(secret)
        return form.get("client_id"), form.get("client_secret")

    def for_device(self, device) -> Response:
        if device is None or self.w.time > device["until"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        asked, device["asked"] = device["asked"], self.w.time
        if asked is not None and self.w.time - asked < timedelta(seconds=4.9):
            return JSONResponse({"error": "slow_down", "error_description": "Forbidden"}, 403)
        if device["agreed"] is None:
            says = {"error": "authorization_pending", "error_description": "Precondition Required"}
            return JSONResponse(says, 428)
        if not device["agreed"]:
            return JSONResponse({"error": "access_denied", "error_description": "Forbidden"}, 403)
        return JSONResponse(self.grant(refresh=True))

    def grant(self, *, refresh: bool) -> dict:
        access = self.w.id("ya29.token-")
        self.w.access.add(access)
        scope = "https://www.googleapis.com/auth/youtube.force-ssl"
        made = {"access_token": access, "expires_in": 3599, "scope": scope, "token_type": "Bearer"}
        if refresh:
            made["refresh_token"] = self.w.id("1//refresh-")
            self.w.refresh.add(made["refresh_token"])
        return made

    async def revoke(self, request: Request) -> Response:
        token = (await request.form()).get("token")
        if token not in self.w.refresh:
            return JSONResponse({"error": "invalid_token"}, 400)
        self.w.refresh.discard(token)
        self.w.access.clear()
        return JSONResponse({})
