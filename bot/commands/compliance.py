"""castmate compliance: what compliance staff sign, and what lies in their office."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import SystemClock
from bot.compliance.holds import Hold, keep_hold
from bot.compliance.office import Office, Proof, keep, open_office, unseal_key
from bot.compliance.signing import SigningDesk, read_capture, rules_by_id
from bot.settings import Settings, read_settings
from products.errors import ContentError, SetupError

app = typer.Typer(
    help="For compliance staff: keys, confirmations, waivers, proofs. Each is signed, dated and logged.",
    no_args_is_help=True,
)
console = Console()
PASSPHRASE = "CASTMATE_COMPLIANCE_PASSPHRASE"

By = Annotated[str, typer.Option("--by", help="Your name, as your key has it.")]
Passphrase = Annotated[
    str | None, typer.Option(envvar=PASSPHRASE, hidden=True, help="Asked for when it is not given.")
]


@app.command("key")
def key_command(
    name: Annotated[str, typer.Argument(help="The member of staff, e.g. 'Wei Lin'.")],
    passphrase: Passphrase = None,
) -> None:
    """Make a signing key for a member of compliance staff, sealed with a passphrase that only they know."""
    words = passphrase or typer.prompt(
        "A passphrase of ten characters or more", hide_input=True, confirmation_prompt=True
    )
    path = _desk(read_settings()).make_key(name, words, SystemClock().now())
    console.print(
        f"Made: {path}. Keep a copy apart from this machine; without it nothing more can be signed."
    )


@app.command("confirm")
def confirm(
    pack: Annotated[str, typer.Argument(help="The pack, e.g. douyin. See: castmate packs list")],
    address: Annotated[str, typer.Option(help="Where the current rule text stands (https://...).")],
    text_date: Annotated[str, typer.Option(help="Of which day that text is, YYYY-MM-DD.")],
    capture: Annotated[Path, typer.Option(help="The text or a capture of it, as a file.")],
    adds: Annotated[str, typer.Option(help="What it adds to the rules that the pack holds, or changes.")],
    by: By,
    passphrase: Passphrase = None,
) -> None:
    """Confirm the current rules of a platform or jurisdiction that Castmate knows only in part.

    Rules that the text adds go into a pack of the shop (a YAML file in the office's folder packs/).
    """
    desk, text = _desk(read_settings()), read_capture(capture)
    words, now = _words(passphrase), SystemClock().now()
    signed, path, last = desk.confirm(
        pack, address, _day(text_date), text, capture.suffix, adds, by, words, now
    )
    console.print(f"{pack} {signed.version} is confirmed until {last}. Kept: {path}")


@app.command("waive")
def waive_command(
    rule: Annotated[str, typer.Argument(help="The rule's id, e.g. SHP-PH.mix.")],
    why: Annotated[str, typer.Option(help="Why the shop is excused, in words.")],
    until: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD; 90 days at most.")],
    by: By,
    passphrase: Passphrase = None,
) -> None:
    """Excuse the shop from one rule for a time. What a rule forbids, labels and consent are never waived."""
    desk, now = _desk(read_settings()), SystemClock().now()
    paper, path, found = desk.waive(rule, why, _day(until), by, _words(passphrase), now)
    console.print(f"{rule} only warns until {paper.until}: {escape(found.summary)} Kept: {path}")


@app.command("prove")
def prove(
    artefact: Annotated[
        str, typer.Argument(help="What is proved, as a finding names it, e.g. avatar_filing.")
    ],
    document: Annotated[Path, typer.Option(help="The document: a certificate, a filing, a screenshot.")],
    by: By,
    until: Annotated[str | None, typer.Option(help="Last valid day, YYYY-MM-DD. Default: no end.")] = None,
    note: Annotated[str, typer.Option(help="Words for whoever reads it later.")] = "",
    passphrase: Passphrase = None,
) -> None:
    """Store a proof that a rule asks for: a registration, a declaration, a filing, an agreement."""
    settings = read_settings()
    today = SystemClock().now().date()
    key = unseal_key(settings.office, by, _words(passphrase))
    folder = settings.office / "proofs"
    name = f"{artefact}-{today}{document.suffix}"
    paper = Proof(
        artefact=artefact,
        by=by,
        at=today,
        until=None if until is None else _day(until),
        file=name,
        sha256=_digest(document),
        note=note,
    )
    folder.mkdir(parents=True, exist_ok=True)
    _copy(document, folder / name)
    path = keep(settings.office, paper.signed(key), f"{artefact}-{today}")
    _log(settings, "proof.stored", paper.model_dump(mode="json"))
    console.print(f"Stored: {path}")


@app.command("papers")
def papers(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """All papers of the office: which count today and which do not, and why."""
    settings = read_settings()
    office = open_office(settings.office)
    rows = _rows(office, SystemClock().now().date())
    if as_json:
        console.print_json(
            data=[dict(zip(("kind", "about", "by", "since", "counts"), r, strict=True)) for r in rows]
        )
        return
    table = Table(show_edge=False, pad_edge=False)
    for name in ("kind", "about", "by", "since", "counts"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table if rows else f"No papers yet. The office is the folder {settings.office}.")


def _rows(office: Office, today: date) -> list[tuple[str, str, str, str, str]]:
    rules = rules_by_id(office.packs)
    names = {p.name: p for p in office.packs}
    out = []
    for given in office.confirmations:
        pack = names.get(given.pack)
        why = "there is no such pack" if pack is None else given.refusal(pack, today, office.keys)
        out.append(("confirmation", given.pack, given.by, str(given.at), f"no: {why}" if why else "yes"))
    for waiver in office.waivers:
        rule = rules.get(waiver.rule)
        why = "there is no such rule" if rule is None else waiver.refusal(rule, today, office.keys)
        out.append(("waiver", waiver.rule, waiver.by, str(waiver.at), f"no: {why}" if why else "yes"))
    for proof in office.proofs:
        holds = proof.signed_by(office.keys)
        ran_out = proof.until is not None and today > proof.until
        counts = (
            "no: it is not signed with a compliance key"
            if not holds
            else "no: it ran out"
            if ran_out
            else "yes"
        )
        out.append(("proof", proof.artefact, proof.by, str(proof.at), counts))
    return out


@app.command("hold")
def hold_command(
    why: Annotated[str, typer.Option(help="Why it must be kept, in words.")],
    by: By,
    show: Annotated[str, typer.Option(help="The show's folder, its name alone.")] = "",
    person: Annotated[str, typer.Option(help="The person as the log names them, e.g. douyin/123.")] = "",
    until: Annotated[str | None, typer.Option(help="Its last day. Default: without end.")] = None,
    passphrase: Passphrase = None,
) -> None:
    """Keep a show, or what is known of a person, past every date of deletion and erasure (legal hold).

    It ends on its last day, or when its paper is taken out of the office's folder holds/.
    """
    settings = read_settings()
    day = None if until is None else _day(until)
    try:
        paper = Hold(show=show, person=person, by=by, why=why, at=SystemClock().now().date(), until=day)
    except ValidationError as error:
        raise ContentError(
            f"This hold cannot be written: {error.errors()[0]['msg']}.",
            remedy="Name a show or a person, and why.",
        ) from None
    signed = paper.signed(unseal_key(settings.office, by, _words(passphrase)))
    path = keep_hold(settings.office, signed)
    _log(settings, "held", {"file": path.name, "show": show, "by": by, "signature": signed.signature})
    console.print(f"Held: {path}.")


def _words(passphrase: str | None) -> str:
    return passphrase or str(typer.prompt("Passphrase", hide_input=True))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ContentError(f"{text!r} is no day.", remedy="Write it as 2026-11-22.") from None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SetupError(
            f"{path} cannot be read: {error.strerror}.", remedy="Name a file that is there."
        ) from None


def _copy(source: Path, to: Path) -> None:
    """Whole or not at all."""
    fresh = to.with_name(to.name + ".new")
    fresh.write_bytes(source.read_bytes())
    fresh.replace(to)


def _log(settings: Settings, kind: str, data: dict[str, Any]) -> None:
    _desk(settings).log(kind, data, SystemClock().now())


def _desk(settings: Settings) -> SigningDesk:
    return SigningDesk(settings.office, settings.data / "keys" / "ledger.pem")
