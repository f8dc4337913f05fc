"""A statement: airtime of the clone alone counts, fees are decimal, what cannot be trusted is named."""

from datetime import timedelta
from decimal import Decimal

import pytest
from licences import licence
from told import KINDS, SHOW, T0, ledger, live
from typer.testing import CliRunner

from bot.cli import app
from bot.compliance.account import account
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Ledger
from bot.licensed import open_licences
from bot.settings import Settings
from bot.statement import airing, fee_of, state
from products.errors import ContentError, SetupError

MINUTE = {"by": "airtime_minute", "amount": "2.50", "currency": "EUR"}
UNDER = (4, "licence", {"licence": "ana-2026", "performer": "Ana Silva"})
ALL = ledger(UNDER, *[((r.entry.at - T0).total_seconds(), r.entry.kind, r.entry.data) for r in SHOW[3:]])


def test_slates_and_a_person_alone_do_not_count() -> None:
    assert airing(account(ALL, KINDS), "show-1", None, None).milliseconds == 45_000


def test_only_what_lies_in_the_period_counts() -> None:
    told = account(ALL, KINDS)
    assert airing(told, "s", T0 + timedelta(seconds=10), T0 + timedelta(seconds=17)).milliseconds == 7_000
    assert airing(told, "s", T0 + timedelta(days=1), None).milliseconds == 0


@pytest.mark.parametrize(
    ("fee", "milliseconds", "sales", "owed"),
    [
        (MINUTE, 60_000, None, "2.50"),
        (MINUTE, 0, None, "0.00"),
        (MINUTE, 120, None, "0.01"),  # 0.005: half up
        (MINUTE, 119, None, "0.00"),
        (
            {**MINUTE, "amount": "0.1"},
            180_000,
            None,
            "0.30",
        ),  # 0.1 three times is 0.3, as it is not in floats
        ({**MINUTE, "currency": "JPY", "amount": "250"}, 90_000, None, "375"),
        ({**MINUTE, "currency": "KWD"}, 60_000, None, "2.500"),
        ({"by": "sales_share", "share": "0.035", "currency": "USD"}, 0, "1234.57", "43.21"),
        (None, 60_000, None, None),
    ],
)
def test_fees_to_the_cent(fee, milliseconds, sales, owed) -> None:
    got = fee_of(licence(fee=fee), milliseconds, None if sales is None else Decimal(sales))
    assert (None if got is None else str(got)) == owed


def test_a_share_needs_sales() -> None:
    share = licence(fee={"by": "sales_share", "share": "0.035", "currency": "USD"})
    for wrong in (None, Decimal(-1), Decimal("NaN")):
        with pytest.raises(ContentError):
            fee_of(share, 0, wrong)


def test_shows_of_others_and_rehearsals_are_left_alone_and_broken_ones_named(tmp_path) -> None:
    others = ledger((4, "licence", {"licence": "bo", "performer": "Bo"}), live(5), live(20, "ended"))
    told = {"show-1": ALL, "show-2": others, "rehearsal-1": ALL, "show-3": ALL}

    def read(folder):
        if folder.name == "show-4":
            raise SetupError("line 3 is torn.")
        return account(told[folder.name], KINDS)

    folders = [tmp_path / name for name in (*told, "show-4")]
    broken = {"show-3": "entry 7 was changed"}
    got = state(licence(fee=MINUTE), folders, read, lambda f: broken.get(f.name, ""), None, None, None)
    assert [a.folder for a in got.airings] == ["show-1"] and got.fee == Decimal("1.88")
    assert got.left_out == ("show-3: entry 7 was changed", "show-4: line 3 is torn.")


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_the_command_writes_a_paper(tmp_path, monkeypatch, lang) -> None:
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    settings = Settings(data=tmp_path / "data")
    open_licences(settings).add(licence(fee=MINUTE))
    key = signing_key(settings.data / "keys" / "ledger.pem")
    kept = Ledger.open(settings.show_folder / "show-1" / "ledger.jsonl", key, "evening", T0)
    for recorded in ALL[1:]:
        await kept.append(recorded.entry)
    await kept.close(T0 + timedelta(seconds=90))
    pdf = tmp_path / "statement.pdf"
    done = CliRunner().invoke(app, ["licence", "statement", "ana-2026", "--pdf", str(pdf), "--lang", lang])
    assert done.exit_code == 0, done.output
    assert "0.750 minutes on air; 1.88 EUR" in done.output and "Not counted" not in done.output
    assert pdf.read_bytes().startswith(b"%PDF")
    (settings.data / "keys" / "ledger.pem.pub").unlink()
    assert "Not counted" in CliRunner().invoke(app, ["licence", "statement", "ana-2026"]).output
