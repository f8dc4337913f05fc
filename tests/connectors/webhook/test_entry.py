"""The login: a secret is made, lies in a file of its owner's alone, and is never shown."""

import stat

import pytest

from connectors.account import Account, MemoryKeeper
from connectors.webhook.entry import ENTRY
from connectors.webhook.signatures import key_of
from products.errors import Refused, SetupError

ADDRESS = "rtmp://127.0.0.1:1935/live/KEY-42"


class Person:
    """Implements connectors.login.Operator."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.shown = list(answers), []

    def tell(self, text: str) -> None:
        self.shown.append(text)

    def ask(self, question: str, *, default: str = "", secret: bool = False) -> str:
        self.shown.append(question)
        return self.answers.pop(0) if self.answers else default

    def show_page(self, url: str) -> None:
        raise AssertionError(url)


def account_of(**kept: str) -> Account:
    return Account("webhook", "shop", MemoryKeeper({("webhook", "shop"): kept}))


async def test_a_secret_is_made_and_written_where_only_its_owner_reads(tmp_path):
    account, file = account_of(address=ADDRESS), tmp_path / "secret.txt"
    person = Person(str(file))
    await ENTRY.login(account, None, person)
    made = account.secret("secret")
    assert file.read_text("utf-8").strip() == made.reveal()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key_of(made)) == 32
    assert made.reveal() not in " ".join(person.shown)
    await ENTRY.login(account, None, Person())
    assert account.secret("secret") == made


async def test_a_file_that_is_there_is_not_written_over(tmp_path):
    file = tmp_path / "secret.txt"
    file.write_text("mine", "utf-8")
    account = account_of(address=ADDRESS)
    with pytest.raises(SetupError, match="cannot be written"):
        await ENTRY.login(account, None, Person(str(file)))
    assert file.read_text("utf-8") == "mine"
    assert not account.has("secret")


async def test_a_secret_or_an_address_that_cannot_work_is_told_at_the_login():
    with pytest.raises(SetupError, match="whsec_"):
        await ENTRY.login(account_of(address=ADDRESS, secret="mine"), None, Person())
    with pytest.raises(Refused, match="not a known ingest host"):
        await ENTRY.login(account_of(address="rtmp://x.example/a/b"), None, Person())


async def test_the_login_finds_out_whose_rules_hold(tmp_path):
    account = account_of(address="rtmps://a.rtmps.youtube.com:443/live2/KEY-42", rules="rtmp")
    await ENTRY.login(account, None, Person(str(tmp_path / "secret.txt")))
    assert account.text("rules") == "youtube"
