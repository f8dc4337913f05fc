"""Where YouTube and its login are. Settings, not constants: a server of one's own may stand in for them.

Sources: the API's discovery document (youtube v3, rootUrl + servicePath); developers.google.com/youtube/v3/
live/streaming-live-chat for the stream's host; developers.google.com/identity/protocols/oauth2/native-app and
.../limited-input-device for the login.
"""

from dataclasses import dataclass


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
