"""Where YouTube and its login are. Settings, not constants: a server of one's own may stand in for them.

Sources: the API's discovery document (youtube v3, rootUrl + servicePath); developers.google.com/youtube/v3/
live/streaming-live-chat for the stream's host; developers.google.com/identity/protocols/oauth2/native-app and
.../limited-input-device for the login.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.account import Account
from connectors.rtmp.hosts import host_of, is_loopback
from products.errors import SetupError


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`api`: prefix of all REST paths. `chat`: host:port of the gRPC chat, "" for polls only; `chat_tls`:
    False on loopback.
    """

    api: str = "https://youtube.googleapis.com/youtube/v3"
    chat: str = "youtube.googleapis.com:443"
    chat_tls: bool = True
    consent: str = "https://accounts.google.com/o/oauth2/v2/auth"
    device: str = "https://oauth2.googleapis.com/device/code"
    token: str = "https://oauth2.googleapis.com/token"
    revoke: str = "https://oauth2.googleapis.com/revoke"


GOOGLE = Endpoints()


def endpoints_of(account: Account) -> Endpoints:
    """Google's; or those of a stand-in on this machine, whose address the account names (field `server`, and
    `chat_server` for its stream). Raises SetupError for any other machine: a login must not be led away.
    """
    server, chat = account.text("server"), account.text("chat_server")
    if not server:
        return GOOGLE
    if not all(is_loopback(host_of(at)) for at in (server, f"//{chat or 'localhost'}")) or "@" in server:
        raise SetupError(
            "A stand-in for YouTube must be on this machine.",
            remedy="Take the field server out of the account: log in with --again.",
        )
    base = f"{urlsplit(server).scheme}://{urlsplit(server).netloc}"
    return Endpoints(
        api=f"{base}/youtube/v3",
        chat=chat,
        chat_tls=False,
        consent=f"{base}/auth",
        device=f"{base}/device/code",
        token=f"{base}/token",
        revoke=f"{base}/revoke",
    )
