"""When the desk is told that people turn away."""

from datetime import UTC, datetime, timedelta

from bot.insight.stretches import Stretch
from bot.insight.worries import followers, worries

T0 = datetime(2026, 11, 22, 20, tzinfo=UTC)
NOW = T0 + timedelta(minutes=60)


def stretch(minute, anger=0, **followers):
    channels = {name: {"followers": number} for name, number in followers.items()}
    return Stretch(
        "evening",
        "evening-1",
        T0 + timedelta(minutes=minute),
        60,
        "pitch",
        "tea",
        "ai",
        anger=anger,
        channels=channels,
    )


def test_anger_that_rises_is_told():
    calm = [stretch(m, anger=m % 10 == 0) for m in range(50)]
    rising = [*calm, *(stretch(m, anger=1) for m in range(51, 57))]
    (worry,) = worries(rising, NOW)
    assert (worry.kind, worry.number, worry.before) == ("anger", 6, 1.0)
    assert "6 angry messages" in worry.words()


def test_anger_as_usual_or_of_a_few_is_not():
    assert worries([stretch(m, anger=1) for m in range(60)], NOW) == ()
    assert worries([stretch(m, anger=1) for m in range(52, 56)], NOW) == ()


def test_a_show_that_has_just_begun_is_held_against_nothing():
    (worry,) = worries([stretch(55, anger=5)], NOW)
    assert (worry.number, worry.before) == (5, 0.0)


def test_followers_that_fall_are_told_by_channel():
    told = [
        stretch(0, youtube=5000, twitch=200),
        stretch(30, youtube=4990),
        stretch(59, youtube=4949, twitch=199),
    ]
    (worry,) = worries(told, NOW)
    assert (worry.kind, worry.channel, worry.number, worry.before) == ("followers", "youtube", 51, 5000.0)
    assert worries([stretch(0, twitch=200), stretch(59, twitch=191)], NOW) == (), "a few always leave"


def test_what_was_long_ago_is_no_worry():
    assert worries([stretch(-30, anger=50), stretch(-20, youtube=9000), stretch(59, youtube=100)], NOW) == ()


def test_followers_are_those_of_the_first_and_the_last_word():
    told = [stretch(0, youtube=10), stretch(1, twitch=5), stretch(2, youtube=12)]
    assert followers(told) == {"youtube": (10, 12), "twitch": (5, 5)}
