"""Why a server could not be reached, in plain words."""

import socket
import ssl
from collections.abc import Iterator


def why_unreached(error: BaseException) -> str:
    """What follows "NAME cannot be reached: ": by the operating system's error at the bottom of it."""
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted ({cause.verify_message or 'no reason given'})."
            case ssl.SSLError():
                return "it does not speak TLS as it should."
            case socket.gaierror():
                return "its name leads nowhere, or this machine is offline."
            case ConnectionRefusedError():
                return "it refuses the connection."
            case ConnectionError():
                return "the connection broke."
            case TimeoutError():
                return "it does not answer in time."
        if "Timeout" in type(cause).__name__:  # an HTTP library's own
            return "it does not answer in time."
    return f"the connection failed ({type(error).__name__})."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """From the bottom up: what the operating system said comes first."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    yield from reversed(chain)
