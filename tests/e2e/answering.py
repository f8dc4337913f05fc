"""A co-host in front of the page who answers when asked."""

import re
from contextlib import suppress

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TooLate


def answer_when_asked(page: Page) -> None:
    """Types the digits that the page asks for. A question may go while one reads it."""
    if page.is_visible("#ask"):
        with suppress(TooLate):
            digits = "".join(re.findall(r"\d", page.inner_text("#ask-text", timeout=2000)))
            page.fill("#answer", digits, timeout=2000)
            page.press("#answer", "Enter", timeout=2000)
