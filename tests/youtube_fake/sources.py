"""Where each thing that this YouTube does is written down. What has no source is unproven: only a live
account can tell.

The names and types of all fields are held against the API's own discovery document (test_fake.py), which
ships in Google's client: every answer of REST is checked by it. The numbers of the stream's fields were
compared with Google's published definition, compiled by protoc, which also encoded
tests/connectors/youtube/frames.json.
"""

from dataclasses import dataclass

LIVE = "developers.google.com/youtube/v3/live"
DATA = "developers.google.com/youtube/v3"
LOGIN = "developers.google.com/identity/protocols/oauth2"
DISCOVERY = "discovery document youtube v3, revision 20261104"

COSTS = {
    "videos.list": 1,
    "videos.update": 50,
    "channels.list": 1,
    "liveChatMessages.list": 5,
    "liveChatMessages.streamList": 5,
    "liveChatMessages.insert": 50,
    "liveBroadcasts.list": 1,
    "liveBroadcasts.insert": 50,
    "liveBroadcasts.bind": 50,
    "liveBroadcasts.transition": 50,
    "liveStreams.list": 1,
    "liveStreams.insert": 50,
}


@dataclass(frozen=True)
class Claim:
    """`source` "": unproven."""

    what: str
    source: str = ""


CLAIMS = (
    Claim("names and types of all REST fields, paths, methods, required parameters", DISCOVERY),
    Claim("parts that are not asked for are left out", f"{DATA}/getting-started#part"),
    Claim("form of an error: error.code, .message, .errors[].domain, .reason", f"{DATA}/docs/errors"),
    Claim("403 quotaExceeded, domain youtube.quota", f"{DATA}/docs/errors"),
    Claim("403 rateLimitExceeded for chat polls before pollingIntervalMillis", f"{LIVE}/docs/errors"),
    Claim("403 liveChatEnded, liveChatDisabled; 404 liveChatNotFound", f"{LIVE}/docs/errors"),
    Claim("400 messageTextInvalid", f"{LIVE}/docs/liveChatMessages/insert"),
    Claim("a message has at most 200 characters"),
    Claim("10,000 units a day, new at midnight Pacific; videos 1 and 50", f"{DATA}/determine_quota_cost"),
    Claim("chat list and streamList cost 5 units", f"{LIVE}/docs/liveChatMessages"),
    Claim("chat insert and all liveBroadcasts and liveStreams calls: 50 and 1 units"),
    Claim("429 with Retry-After", "RFC 6585 4"),
    Claim("to go live the bound stream must be active (errorStreamInactive)", f"{LIVE}/docs/errors"),
    Claim("testing needs enableMonitorStream; ready may go live without it", f"{LIVE}/life-of-a-broadcast"),
    Claim("redundantTransition, invalidTransition", f"{LIVE}/docs/errors"),
    Claim("liveStarting before live", f"{LIVE}/docs/liveBroadcasts"),
    Claim("bind makes a created broadcast ready", f"{LIVE}/life-of-a-broadcast"),
    Claim("videos.update deletes what its part is not given", f"{DATA}/docs/videos/update"),
    Claim("videos.update sets status.containsSyntheticMedia", f"{DATA}/revision_history#october-30,-2024"),
    Claim("status.containsSyntheticMedia stays on a live broadcast's video and is read back"),
    Claim("package, service, method, field numbers of the stream", f"{LIVE}/streaming-live-chat"),
    Claim("first the recent history, then messages as they come; each page has nextPageToken",
          f"{LIVE}/docs/liveChatMessages/streamList"),
    Claim("a stream resumes at pageToken", f"{LIVE}/docs/liveChatMessages/streamList"),
    Claim("how long a history is, and a page token is good; whether REST takes those of the stream"),
    Claim("which gRPC status stands for which trouble"),
    Claim("device flow: device/code, authorization_pending 428, slow_down and access_denied 403",
          f"{LOGIN}/limited-input-device"),
    Claim("installed applications: loopback redirect, PKCE S256", f"{LOGIN}/native-app"),
    Claim("refresh; invalid_grant 400 once revoked", f"{LOGIN}/native-app#offline"),
    Claim("revoke; invalid_token 400 for a token that is void", f"{LOGIN}/native-app#tokenrevoke"),
    Claim("401 authError for an access token that is void", f"{DATA}/docs/core_errors"),
)  # fmt: skip
