"""What can go wrong with a platform, by what is to be done about it. No message holds a secret."""

from products.errors import Refused, RemoteError, SetupError


class AuthNeeded(SetupError):
    """The account is not logged in any more, or lacks a permission: a person must act. Never retried."""


class NotLive(RemoteError):
    """The platform says that no broadcast is on; what was asked needs one."""


class Blocked(RemoteError):
    """The platform refuses this account or this program: stop, tell the operator. Never retried."""


class Transient(RemoteError):
    """A cut line, a time-out, a fault of the platform's servers: worth another try."""


class RateLimited(Transient):
    """Too much was asked. `retry_after`: seconds that the platform names; None where it names none."""

    def __init__(self, message: str, *, remedy: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class Dropped(Transient):
    """A socket ended. `code`: of the close frame (RFC 6455), 1006 where there was none."""

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(f"The connection was closed ({code}{', ' + reason if reason else ''}).")
        self.code, self.reason = code, reason


class Changed(RemoteError):
    """The platform answered in a form that is not known: its interface changed. The capability is off, the
    show goes on.
    """


__all__ = ["AuthNeeded", "Blocked", "Changed", "Dropped", "NotLive", "RateLimited", "Refused", "Transient"]
