"""What a look at a console means."""

import pytest

from connectors.seller_console.sheet import sheet_of
from connectors.seller_console.standing import AGAIN_S, FIRST_S, STOPPED, Standing, judge
from connectors.seller_console.window import Look

DOUYIN, TAOBAO, WECHAT = (sheet_of(n) for n in ("douyin", "taobao_live", "wechat_channels"))
CONTROL = DOUYIN.pages["control"].url


def standing(sheet, look, without_s=0.0, shown=False):
    return judge(look, sheet, "x:shop", without_s=without_s, shown=shown).standing


@pytest.mark.parametrize(
    ("sheet", "look", "expected"),
    [
        (DOUYIN, Look(CONTROL, True), Standing.CONTROL),
        (DOUYIN, Look(CONTROL, True, captcha="#captcha_container"), Standing.CAPTCHA),
        (DOUYIN, Look("https://www.douyinec.com/", False), Standing.LOGGED_OUT),
        (DOUYIN, Look("https://buyin.jinritemai.com/mpa/account/login", False), Standing.LOGGED_OUT),
        (DOUYIN, Look("about:blank", False), Standing.LOADING),
        (TAOBAO, Look("https://x.taobao.com/_____tmd_____/punish", False), Standing.CAPTCHA),
        (TAOBAO, Look(TAOBAO.pages["control"].url, False, between=True), Standing.NOT_LIVE),
        (TAOBAO, Look(TAOBAO.pages["control"].url, False, between=True, live="5241"), Standing.LOADING),
        (WECHAT, Look("https://channels.weixin.qq.com/platform", False), Standing.NOT_LIVE),
        (WECHAT, Look("https://channels.weixin.qq.com/platform/live/liveBuild", False), Standing.LOADING),
        (WECHAT, Look("https://channels.weixin.qq.com/login.html", False), Standing.LOGGED_OUT),
    ],
)
def test_a_look_has_one_meaning(sheet, look, expected):
    assert standing(sheet, look) is expected


def test_a_page_may_take_its_time_and_is_changed_afterwards():
    look = Look(CONTROL, False)
    assert standing(DOUYIN, look, FIRST_S - 1) is Standing.LOADING
    assert standing(DOUYIN, look, FIRST_S) is Standing.CHANGED
    assert standing(DOUYIN, look, AGAIN_S - 1, shown=True) is Standing.LOADING
    assert standing(DOUYIN, look, AGAIN_S, shown=True) is Standing.CHANGED


def test_whatever_stops_says_what_to_do():
    for look in (
        Look(CONTROL, True, captcha="#c"),
        Look("https://www.douyinec.com/", False),
        Look(CONTROL, False),
    ):
        verdict = judge(look, DOUYIN, "douyin:shop", without_s=99, shown=True)
        assert verdict.standing in STOPPED
        assert verdict.says and verdict.remedy
