"""Whether a text says an amount: a longer amount that ends alike is another one."""

import pytest

from bench.questions import holds


@pytest.mark.parametrize(
    ("text", "wanted", "says"),
    [
        ("现价59美元，划线价75美元", "5美元", False),
        ("现价59美元，划线价75美元", "75美元", True),
        ("现价5美元", "5美元", True),
        ("现价1.5美元", "5美元", False),
        ("买3双，5美元", "5美元", True),
        ("only $55 today", "$5", False),
        ("only $5 today", "$5", True),
        ("it costs 19.99", "19.9", False),
        ("it costs 19.90", "19.9", True),
        ("a caterpillar", "cat", True),
        ("a tomcat", "cat", False),
    ],
)
def test_an_amount_is_not_found_within_another(text: str, wanted: str, says: bool) -> None:
    assert holds(text, wanted) is says
