"""What a plug-in declares: which hosts it names, what is new in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.confined.declaration import Declaration, digest, growth, host_and_port, read_declaration
from products.errors import SetupError


def declared(**more):
    return Declaration.model_validate({"title": "Sample", **more})


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("API.Sample.example", ("api.sample.example", 443)),
        ("api.sample.example.:8443", ("api.sample.example", 8443)),
        ("*.chat.example", ("*.chat.example", 443)),
        ("127.0.0.1:9", ("127.0.0.1", 9)),
        ("[::1]:9", ("[::1]", 9)),
    ],
)
def test_hosts_are_read(text, read):
    assert host_and_port(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.com",
        "a..b",
        "a b",
        "a:0",
        "a:70000",
        "a:b",
        "[evil]:1",
        "a/b",
        "x@y.example",
        "*evil.example",
    ],
)
def test_what_is_no_host_is_refused(text):
    with pytest.raises(ValueError):
        host_and_port(text)


@given(st.text(max_size=40))
def test_any_text_is_a_host_or_refused(text):
    try:
        name, port = host_and_port(text)
    except ValueError:
        return
    assert name.isascii() and not set(name) & set(" /@\r\n") and 0 < port < 65536


def test_it_talks_to_what_it_named_and_to_nothing_like_it():
    it = declared(hosts=["api.example", "*.chat.example:8443"])
    assert it.allows("API.example.", 443)
    assert it.allows("a.b.chat.example", 8443)
    for host, port in (
        ("api.example", 80), ("xapi.example", 443), ("api.example.evil", 443), ("chat.example", 8443),
        ("evilchat.example", 8443), ("a.chat.example", 443),
    ):  # fmt: skip
        assert not it.allows(host, port), host


def test_what_is_new_is_told_and_what_is_less_is_not():
    before = {**declared(hosts=["a.example", "b.example"], memory_mb=256).powers(), "package": "p"}
    assert growth(before, before) == ()
    less = {**declared(hosts=["a.example"], memory_mb=128).powers(), "package": "p"}
    assert growth(before, less) == ()
    more = {**declared(hosts=["a.example", "c.example"], folder=True).powers(), "package": "other"}
    assert growth(before, more) == (
        "talks to: c.example:443",
        "writes a folder of its own",
        "memory: up to 512 MB",
        "comes from the package: other",
    )
    assert digest(before) != digest(more)
    assert growth(None, more)


@pytest.mark.parametrize(
    "text", [b"\xff", b"title = 3", b"title = 'x'\nmore = 1", b"title = 'x'\nmemory_mb = 1", b"x" * 70_000]
)
def test_a_file_that_is_none_is_explained(tmp_path, text):
    path = tmp_path / "sample.castmate.toml"
    path.write_bytes(text)
    with pytest.raises(SetupError, match=r"sample\.castmate\.toml cannot be read"):
        read_declaration(path)
    with pytest.raises(SetupError, match="declares nothing"):
        read_declaration(tmp_path / "other.castmate.toml")
