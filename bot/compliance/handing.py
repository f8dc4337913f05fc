"""A show's last checkpoint in the hands of compliance staff: a small file, kept apart from the show's folder.

Who can change a ledger can change what lies beside it. Against the copy that was handed over, an end that was
cut off shows, and so does a ledger that was written anew with the machine's own key. One file a show,
FOLDER/SHOW.checkpoint: what `castmate ledger verify --checkpoint` takes.
"""

import os
from pathlib import Path

from products.errors import SetupError

SUFFIX = ".checkpoint"


def handed(ledger: Path, folder: Path) -> Path:
    """Where the checkpoint of that show is kept, or would be. `ledger`: the file in the show's folder."""
    return folder / f"{ledger.absolute().parent.name}{SUFFIX}"


def hand_over(ledger: Path, folder: Path) -> Path | None:
    """Copies the checkpoint beside the ledger; where it lies now. None: the show closed without one.

    What was handed over is never replaced. Raises SetupError: another one lies there, or nothing can be
    written.
    """
    beside, kept = ledger.with_name(ledger.name + SUFFIX), handed(ledger, folder)
    try:
        if not beside.exists():
            return None
        told = beside.read_bytes()
        folder.mkdir(parents=True, exist_ok=True)
        if kept.exists():
            if kept.read_bytes() != told:
                raise SetupError(
                    f"Another checkpoint of this show was handed over before ({kept}).",
                    remedy="Find out which is true: castmate ledger verify FOLDER --checkpoint FILE",
                )
            return kept
        whole = kept.with_name(f".{kept.name}.{os.getpid()}")
        whole.write_bytes(told)
        whole.chmod(0o444)
        whole.replace(kept)
    except OSError as error:
        raise SetupError(
            f"The checkpoint cannot be handed over to {folder}: {error.strerror or error}.",
            remedy=f"Make the folder writable, then copy {beside} to {kept}.",
        ) from None
    return kept
