"""A push address that the operator copied from a platform's page: what is asked for, how it is checked."""

from collections.abc import Callable

from connectors.base import Check, CheckState, Ingest
from connectors.login import Field
from products.errors import CastmateError


def stream_fields(where: str, server: str = "Server", key: str = "Stream key") -> tuple[Field, Field]:
    """The two that an account needs for it: where they are to be found, and what the page calls them."""
    return Field("server", server, where, secret=False), Field("stream_key", key)


def check_address(ingest: Callable[[], Ingest]) -> Check:
    """Whether the account's address can be sent to; the key itself is tried by the stream alone."""
    try:
        shown = ingest().shown
    except CastmateError as error:
        return Check("push address", CheckState.BAD, error.message, error.remedy)
    return Check("push address", CheckState.OK, f"{shown} takes the stream; the key is tried at the start.")
