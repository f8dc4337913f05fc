"""castmate connectors login PLATFORM:NAME of a seller console: a person logs in once, in a visible window."""

from connectors.account import Account
from connectors.login import Operator
from connectors.outside import Outside
from connectors.seller_console.attendance import PROFILE
from connectors.seller_console.chromium import Chromium
from connectors.seller_console.sheet import Sheet
from products.errors import SetupError

WAIT_S = 900.0
LOOK_S = 0.5


async def log_in(
    sheet: Sheet, account: Account, outside: Outside, operator: Operator, chromium: Chromium | None = None
) -> None:
    """Opens the login page and waits until a page shows that somebody is inside; then the login is sealed.

    Raises SetupError: no Playwright, no Chromium, no screen, nobody logged in within a quarter of an hour,
    the window was closed.
    """
    browser = chromium or Chromium(account.text("browser"))
    try:
        context = await browser.context(account.text(PROFILE), visible=True)
        operator.tell(
            f"Log in to {sheet.title} in the window that opens: QR code, code or password, as you do always."
        )
        page = await context.new_page()
        if sheet.login.by == "person":
            operator.tell(
                f"This console does not let programs open its login page. Open it yourself: {sheet.login.url}"
            )
        else:
            from connectors.seller_console.page import go

            await go(page, sheet.login.url)
        from connectors.seller_console.page import login_of

        until = outside.time() + WAIT_S
        while not (state := await login_of(context, sheet)):
            if outside.time() > until:
                raise SetupError(
                    "Nobody logged in.", remedy="Try again, and log in within a quarter of an hour."
                )
            await outside.sleep(LOOK_S)
        account.keep(**{PROFILE: state})
        operator.tell("The login is kept, sealed. The window closes.")
        await context.close()
    finally:
        if chromium is None:
            await browser.close()
