"""The fake Facebook is good enough for a client that others wrote (python-facebook-api): a token made longer,
the Page's token, a live video made, looked at, commented, listened to and ended. Only then is it worth
testing ours against it.
"""

import queue
import threading
import time
import warnings

import fake_facebook as fake
import pytest
from fakes.serving import served_beside
from pyfacebook import FacebookError, GraphAPI, ServerSentEventAPI

PATIENCE = 60


with warnings.catch_warnings():  # it calls the stream deprecated
    warnings.simplefilter("ignore", DeprecationWarning)

    class Listener(ServerSentEventAPI):
        """Keeps what it is told."""

        def on_data(self, data):
            self.told.put(data)

        def on_keep_live(self):
            self.told.put(b"")


@pytest.fixture
def facebook():
    server = fake.FakeFacebook(time.time)

    async def app(scope, receive, send):
        await server.app(scope, receive, send)

    with served_beside(app) as (base, run):
        yield server, base, run


def as_(base: str, token: str) -> GraphAPI:
    return GraphAPI(
        app_id=fake.APP, app_secret=fake.SECRET, access_token=token, base_url=f"{base}/", version="v26.0",
        access_token_url=f"{base}/v26.0/oauth/access_token",
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_client_of_others_takes_our_facebook_for_facebook(facebook):
    server, base, run = facebook
    longer = as_(base, "user-0").exchange_long_lived_user_access_token()
    assert longer["access_token"] == "user-1"
    user = as_(base, "user-1")
    (page,) = user.get_connection("me", "accounts")["data"]
    token = user.get_object(page["id"], fields="id,name,access_token")["access_token"]
    api = as_(base, token)

    made = api.post_object(
        page["id"], connection="live_videos",
        data={"status": "LIVE_NOW", "title": "Spring sale", "stop_on_delete_stream": "false"},
    )  # fmt: skip
    assert made["secure_stream_url"].startswith("rtmps://")
    video = api.get_object(made["id"], fields="status,live_views,video")["video"]["id"]

    listener = Listener(token, base_url=f"{base}/v26.0", timeout=PATIENCE, chunk_size=1)
    listener.told = queue.Queue()
    hearing = threading.Thread(
        target=listener.live_comments,
        kwargs={
            "live_video_id": made["id"],
            "fields": "id,from{id,name},message",
            "comment_rate": fake.RATES[2],
        },
    )
    hearing.start()
    try:
        assert b"ok" in listener.told.get(timeout=PATIENCE)
        first = api.post_object(video, connection="comments", data={"message": "多少钱？ how much?"})
        while b"how much?" not in (heard := listener.told.get(timeout=PATIENCE)):
            pass
        assert first["id"].encode() in heard
        api.post_object(first["id"], connection="comments", data={"message": "59 dollars."})
        found = api.get_full_connections(made["id"], "comments", limit=1, order="chronological")
        assert [c["message"] for c in found["data"]] == ["多少钱？ how much?", "59 dollars."]
    finally:
        listener.disconnect()
        run(_end(server))
        hearing.join(PATIENCE)
    assert not hearing.is_alive()

    api.post_object(made["id"], data={"end_live_video": "true"})
    assert api.get_object(made["id"], fields="status")["status"] == "VOD"
    with pytest.raises(FacebookError) as caught:
        as_(base, "no token").get_object("me")
    assert caught.value.code == 190


async def _end(server):
    for pipe in server.pipes:
        pipe.put(b"data: {}\n\n")
        pipe.put(None)
