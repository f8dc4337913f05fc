"""What a look at a console means. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from connectors.seller_console.sheet import CONTROL, Sheet
from connectors.seller_console.window import Look

FIRST_S = 30.0  # a page that is being opened may take so long to show its sign
AGAIN_S = 6.0  # one that showed it before


class Standing(StrEnum):
    LOADING = "loading"
    CONTROL = "in the control page"
    NOT_LIVE = "not live"
    LOGGED_OUT = "logged out"
    CAPTCHA = "captcha"
    CHANGED = "changed"


STOPPED = frozenset({Standing.LOGGED_OUT, Standing.CAPTCHA, Standing.CHANGED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`says` and `remedy`: for the operator, in plain words; empty while all is in order."""

    standing: Standing
    says: str = ""
    remedy: str = ""


def judge(look: Look, sheet: Sheet, account: str, *, without_s: float, shown: bool) -> Verdict:
    """`without_s`: seconds since the sign of the control page showed last, or since the page was opened;
    `shown`: it did show. `account`: PLATFORM:NAME, for the remedy.
    """
    again = f"Run: castmate connectors login {account}"
    if look.captcha or _in(look.address, sheet.signs.captcha_addresses):
        return Verdict(
            Standing.CAPTCHA,
            f"{sheet.title} asks for a captcha. Castmate does not solve captchas.",
            f"Solve it in the console's window, or log in again. {again}",
        )
    if _in(look.address, sheet.login.addresses):
        return Verdict(Standing.LOGGED_OUT, f"{sheet.title} logged this account out.", again)
    if _in(look.address, sheet.signs.not_live_addresses):
        return Verdict(Standing.NOT_LIVE, f"{sheet.title} says that no broadcast is on.")
    if look.ready:
        return Verdict(Standing.CONTROL)
    if look.between and not look.live:
        return Verdict(Standing.NOT_LIVE, f"{sheet.title} shows no running broadcast.")
    control = sheet.pages[CONTROL]
    if control.by == "person" and look.address == "about:blank":
        return Verdict(Standing.LOADING, f"A person opens {control.url} in the window that stands open.")
    if without_s < (AGAIN_S if shown else FIRST_S):
        return Verdict(Standing.LOADING)
    return Verdict(
        Standing.CHANGED,
        f"The page at {look.address} does not show the sign of the control page ({sheet.signs.ready}).",
        f"Look at the page by hand. If it works there, its layout changed after {sheet.version}: "
        "Castmate needs a newer data sheet.",
    )


def _in(address: str, parts: tuple[str, ...]) -> bool:
    return any(address.endswith(p[:-1]) if p.endswith("$") else p in address for p in parts)
