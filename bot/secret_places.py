"""Secrets out of the environment: from a file that an orchestrator mounts, or from the system's keyring.

CASTMATE_LLM_KEY_FILE=/run/secrets/llm        the file's text, its last line break left out
CASTMATE_LLM_KEY_KEYRING=castmate/llm         service/name in the keyring (castmate[keyring])

The environment is inherited by every process and shown by `docker inspect`; a file is read by who may.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from products.errors import SetupError

LARGEST = 64 << 10  # bytes


def elsewhere(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Of the settings `names` those that `environment` says lie in a file or in the keyring. Raises
    SetupError: given twice, unreadable, empty, not there.
    """
    found = {}
    for name in names:
        variable = f"CASTMATE_{name.upper()}"
        ways = [w for w in (variable, f"{variable}_FILE", f"{variable}_KEYRING") if environment.get(w)]
        if len(ways) > 1:
            raise SetupError(f"{' and '.join(ways)} are both set.", remedy="Set one of them.")
        if ways and ways[0] != variable:
            where = environment[ways[0]]
            value = _of_file(ways[0], where) if ways[0].endswith("_FILE") else _of_keyring(ways[0], where)
            if not value.strip():
                raise SetupError(f"{ways[0]}: nothing stands in {where}.", remedy="Put the secret there.")
            found[name] = value
    return found


def _of_file(variable: str, path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            text = file.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise SetupError(f"{variable}: {path} is too large for a secret.", remedy="Name the right file.")
        return text.decode("utf-8").rstrip("\r\n")
    except OSError as error:
        raise SetupError(
            f"{variable}: {path} cannot be read: {error.strerror}.", remedy="Check the path and its rights."
        ) from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{variable}: {path} is no text.", remedy="Name the right file.") from error


def _of_keyring(variable: str, place: str) -> str:
    service, _, name = place.partition("/")
    if not service or not name:
        raise SetupError(f"{variable} is {place!r}.", remedy="Write SERVICE/NAME, e.g. castmate/llm.")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise SetupError(
            f"{variable} needs the keyring.", remedy="pip install 'castmate[keyring]', or use a file."
        ) from error
    try:
        value = keyring.get_password(service, name)
    except KeyringError as error:
        raise SetupError(
            f"{variable}: the keyring does not answer: {error}.", remedy="Unlock it, or use a file."
        ) from error
    if value is None:
        raise SetupError(f"{variable}: the keyring has no {place}.", remedy=f"keyring set {service} {name}")
    return str(value)
