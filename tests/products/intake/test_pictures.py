"""Pictures by web address: only public ones, only pictures, only of a bearable size."""

import io

import httpx
import pytest
from PIL import Image

from products.errors import ContentError
from products.intake.pictures import MAX_BYTES, fetch_picture, local_picture


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(buffer, "PNG")
    return buffer.getvalue()


def serve(**answers):
    """A client whose server answers by path, and what it was asked."""
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers[request.url.path.strip("/")]

    return httpx.Client(transport=httpx.MockTransport(handler)), asked


def public(host, port):
    return ["93.184.216.34"]


def test_a_picture_is_kept_under_its_hash(tmp_path):
    client, asked = serve(a=httpx.Response(200, content=png()))
    path = fetch_picture("https://shop.example/a", tmp_path, client=client, resolve=public)
    assert path.read_bytes() == png() and path.parent == tmp_path
    # It connects to the address that was checked, and still speaks of the host.
    assert asked[0].url.host == "93.184.216.34" and asked[0].headers["host"] == "shop.example"
    assert asked[0].extensions["sni_hostname"] == "shop.example"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.3",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "100.64.0.1",
    ],
)
def test_private_addresses_are_refused(tmp_path, address):
    client, asked = serve(a=httpx.Response(200, content=png()))
    with pytest.raises(ContentError, match="private network"):
        fetch_picture(
            "http://shop.example/a", tmp_path, client=client, resolve=lambda h, p: ["93.184.216.34", address]
        )
    assert asked == []


def test_a_redirect_is_checked_again(tmp_path):
    client, asked = serve(a=httpx.Response(302, headers={"location": "http://inside.example/b"}))
    hosts = {"shop.example": ["93.184.216.34"], "inside.example": ["10.1.1.1"]}
    with pytest.raises(ContentError, match="private network"):
        fetch_picture("http://shop.example/a", tmp_path, client=client, resolve=lambda h, p: hosts[h])
    assert len(asked) == 1


def test_redirects_end(tmp_path):
    client, asked = serve(a=httpx.Response(302, headers={"location": "/a"}))
    with pytest.raises(ContentError, match="redirects more"):
        fetch_picture("http://shop.example/a", tmp_path, client=client, resolve=public)
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("url", "answer", "message"),
    [
        ("file:///etc/passwd", None, "neither http"),
        ("ftp://x/a", None, "neither http"),
        ("http://", None, "neither http"),
        ("http://[::1/a", None, "broken address"),
        ("http://x:99999/a", None, "broken address"),
        ("http://x/a", httpx.Response(404), "answered with 404"),
        ("http://x/a", httpx.Response(200, content=b"<html>"), "is no picture"),
        ("http://x/a", httpx.Response(200, content=bytes(MAX_BYTES + 1)), "larger than"),
    ],
)
def test_what_cannot_be_taken_says_why(tmp_path, url, answer, message):
    client, _ = serve(a=answer)
    with pytest.raises(ContentError, match=message):
        fetch_picture(url, tmp_path, client=client, resolve=public)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_host(tmp_path):
    def unknown(host, port):
        raise OSError("no such host")

    client, _ = serve()
    with pytest.raises(ContentError, match="is not known"):
        fetch_picture("http://nowhere.example/a", tmp_path, client=client, resolve=unknown)


def test_local_pictures_stay_in_their_folder(tmp_path):
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "a.png").write_bytes(png())
    (tmp_path / "outside.png").write_bytes(png())
    (shop / "text.png").write_text("no")
    assert local_picture("a.png", shop) == (shop / "a.png").resolve()
    for source, message in (
        ("../outside.png", "outside the folder"),
        ("/etc/passwd", "outside"),
        ("b.png", "there is no"),
        ("text.png", "is no picture"),
    ):
        with pytest.raises(ContentError, match=message):
            local_picture(source, shop)
