"""One short tree of errors, named by who can mend it.

    CastmateError
    |- SetupError      the operator: settings, files, ports, missing parts      exit code 2
    |- ContentError    the merch team: catalogue rows, scripts, personas        exit code 2
    |- RemoteError     a platform or server: refused, gone, out of date         exit code 1
    |- Refused         a rule or a missing capability forbids it                exit code 2
    `- Bug             us: an invariant did not hold                            exit code 1

Every message says what is wrong, where (file, row, field) and what to do.
"""

from dataclasses import dataclass


class CastmateError(Exception):
    """Root of all errors that Castmate raises on purpose. `remedy` is one sentence in plain words."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class SetupError(CastmateError):
    """The operator can mend it: a setting, a file, a port, a part that is not installed."""

    exit_code = 2


class ContentError(CastmateError):
    """The merch team can mend it: a catalogue, a script, a persona or a show file."""

    exit_code = 2


class RemoteError(CastmateError):
    """The other side failed: a platform, a language model, a stream server. Never holds a secret."""


class Refused(CastmateError):
    """A rule forbids it, or a connector lacks the capability. Never a silent no-op."""

    exit_code = 2


class Bug(CastmateError):
    """An invariant of our own did not hold."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in somebody's file, for a list that is shown whole."""

    file: str
    row: int | None
    field: str | None
    value: str | None
    message: str
    remedy: str

    def __str__(self) -> str:
        where = self.file if self.row is None else f"{self.file}, row {self.row}"
        if self.field:
            where += f", {self.field}"
        got = "" if self.value is None else f" (got {self.value!r})"
        return f"{where}: {self.message}{got}. {self.remedy}"
