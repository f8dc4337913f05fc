"""Whose rules apply to an address: known hosts decide, loopback is free to try, anything else is refused."""

import pytest
import yaml

from connectors.base import IngestLimits
from connectors.rtmp import hosts
from connectors.rtmp.connector import decide_platform
from connectors.rtmp.hosts import limits_of, platform_of
from products.errors import Refused, SetupError

KEY = "live_SECRET-key_42"


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        (f"rtmp://live-hkg.twitch.tv/app/{KEY}", "twitch"),
        (f"rtmps://a.rtmps.youtube.com:443/live2/{KEY}", "youtube"),
        (f"rtmp://A.RTMP.YouTube.com./live2/{KEY}", "youtube"),
        (f"rtmps://rtmp-api.facebook.com:443/rtmp/{KEY}", "facebook_live"),
        (f"rtmp://txy2.live-push.bilivideo.com/live-bvc/?streamname={KEY}", "bilibili"),
        (f"rtmp://open-push.voip.yximgs.com/gifshow/{KEY}", "kuaishou"),
        (f"rtmp://tx.push.yximgs.com/live/{KEY}", "kuaishou"),
        (f"rtmp://127.0.0.1:19350/live/{KEY}", "rtmp"),
        (f"rtmp://[::1]:1935/live/{KEY}", "rtmp"),
        (f"rtmps://localhost/live/{KEY}", "rtmp"),
    ],
)
def test_a_known_host_decides_the_platform(url, platform):
    assert platform_of(url) == platform
    assert decide_platform(url, None) == platform
    assert decide_platform(url, platform) == platform


@pytest.mark.parametrize(
    "url",
    [
        f"rtmp://192.168.1.20/live/{KEY}",
        f"rtmp://shop.example/live/{KEY}",
        f"rtmp://twitch.tv.shop.example/live/{KEY}",
        f"rtmp://nottwitch.tv/live/{KEY}",
        f"rtmp://localhost.shop.example/live/{KEY}",
        f"rtmp://127.0.0.1@shop.example/live/{KEY}",
        f"rtmp://shop.example#@127.0.0.1/live/{KEY}",
        f"rtmp://0.0.0.0/live/{KEY}",
        f"rtmp://2130706433/live/{KEY}",
        f"rtmp://live.restream.io/live/{KEY}",
        f"rtmps://x.contribute.live-video.net/app/{KEY}",
    ],
)
def test_any_other_host_off_loopback_is_refused_whatever_platform_is_named(url):
    for named in (None, "rtmp", "youtube"):
        with pytest.raises(Refused, match="whose rules apply") as e:
            decide_platform(url, named)
        assert KEY not in str(e.value)


def test_on_loopback_any_platform_s_rules_may_be_tried():
    assert decide_platform(f"rtmp://127.0.0.1/live/{KEY}", "douyin") == "douyin"


def test_a_platform_cannot_be_passed_off_as_another():
    with pytest.raises(Refused, match="belongs to twitch, not to rtmp"):
        decide_platform(f"rtmp://live-hkg.twitch.tv/app/{KEY}", "rtmp")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rtmp://",
        f"http://127.0.0.1/live/{KEY}",
        "rtmp://127.0.0.1/",
        f"rtmp://a b/live/{KEY}",
        f"rtmp://127.0.0.1\\@shop.example/live/{KEY}",
        f"rtmp://127.0.0.1:99999/live/{KEY}",
        f"rtmp://127.0.0.1/l {KEY}",
        f"rtmp://[::1/live/{KEY}",
    ],
)
def test_an_address_of_a_wrong_form_is_the_operator_s_to_mend(url):
    with pytest.raises(SetupError, match="not rtmp") as e:
        decide_platform(url, "youtube")
    assert KEY not in str(e.value)


def test_limits_come_from_the_table_and_default_to_the_common_denominator():
    assert limits_of("twitch") == IngestLimits(6000, 320, 2.0)
    assert limits_of("facebook_live").max_stream_s == 8 * 3600
    assert limits_of("chzzk").max_keyframe_s == 1.0
    assert limits_of("rtmp") == IngestLimits()


def test_no_host_stands_for_two_platforms():
    table = hosts._table()
    every = [h for p in table["platforms"].values() for h in p["hosts"]] + table["relays"]
    assert len(every) == len(set(every))
    for a in every:
        assert not [b for b in every if a != b and b.endswith("." + a)]
    assert yaml.safe_dump(table)
