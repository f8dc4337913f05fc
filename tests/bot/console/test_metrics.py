"""/metrics of the console: who may read it, and what of which show."""

import pytest
from starlette.testclient import TestClient

from bot.console.app import create_app
from bot.console.hub import Hub
from bot.console.metrics import latest
from bot.console.settings import ConsoleSettings
from bot.show.messages import Ended, Health


def client(host: str, **changes):
    app = create_app(ConsoleSettings("link-token", "operator-token", **changes))
    return TestClient(app, client=(host, 50000))


def test_programs_of_this_machine_read_it(say) -> None:
    with client("127.0.0.1") as here:
        show = here.app.state.hub.hello(say.hello())
        show.link(True)
        show.take(Health(at=1.0, figures={"ticks": 25.0, "sent.rtmp-1": 4.0}))
        answer = here.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(
        "text/plain; version=0.0.4"
    )
    assert 'castmate_air_ticks_total{show="s"} 25.0' in answer.text
    assert 'castmate_channel_packets_sent_total{channel="rtmp-1",show="s"} 4.0' in answer.text
    for secret in ("link-token", "operator-token"):
        assert secret not in answer.text


@pytest.mark.parametrize(
    "headers, allowed",
    [
        ({}, False),
        ({"Authorization": "Bearer wrong"}, False),
        ({"Authorization": "Basic scraper"}, False),
        ({"Authorization": "Bearer scraper"}, True),
    ],
)
def test_another_machine_needs_the_token(headers, allowed) -> None:
    with client("192.0.2.7", metrics_token="scraper") as there:
        assert there.get("/metrics", headers=headers).status_code == (200 if allowed else 403)


def test_while_a_token_is_changed_the_old_and_the_new_are_good() -> None:
    with client("192.0.2.7", metrics_token="old\nnew\n") as there:
        for token, status in (("old", 200), ("new", 200), ("old\nnew", 403), ("", 403)):
            headers = {"Authorization": f"Bearer {token}"} if "\n" not in token else {}
            assert there.get("/metrics", headers=headers).status_code == status


def test_without_a_token_no_other_machine_reads_it_not_even_with_an_empty_one() -> None:
    with client("192.0.2.7") as there:
        assert there.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


def test_who_comes_through_a_proxy_on_this_machine_is_not_of_this_machine() -> None:
    with client("127.0.0.1") as proxied:
        assert proxied.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


def test_a_signed_in_operator_reads_it(rig) -> None:
    rig.sign_in()
    assert rig.client.get("/metrics").status_code == 200
    rig.client.cookies.clear()
    assert rig.client.get("/metrics").status_code == 403


def test_a_show_that_went_or_ended_is_down(say) -> None:
    with client("::1") as here:
        show = here.app.state.hub.hello(say.hello())
        for linked, ended, up in ((True, None, 1), (False, None, 0), (True, Ended(reason="over"), 0)):
            show.linked, show.ended = linked, ended
            assert f'castmate_show_up{{show="s"}} {up}.0' in here.get("/metrics").text


def test_a_figure_that_is_told_no_more_is_not_known_any_more(say) -> None:
    show = Hub(lambda: 0.0).hello(say.hello())
    show.take(Health(at=1.0, figures={"ticks": 25.0, "sent.rtmp-1": 4.0}))
    show.take(Health(at=2.0, figures={"ticks": 50.0}))
    assert latest(show) == {"ticks": 50.0}
