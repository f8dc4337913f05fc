"""What a process that is over has said at last, from the file that it wrote to."""

from pathlib import Path

TAIL_BYTES = 4000
NOTE_CHARACTERS = 300
NOISE = "resource_tracker"  # what Python says of the shared memory of a process that was killed
FRAME = " \t|+-─━╭╰│╯╮"  # what rich and tracebacks draw around words


def last_words(log_file: Path) -> str:
    """Why it failed, as it said itself: from its "Not done." on, or its last line. "" when unreadable."""
    try:
        with log_file.open("rb") as file:
            file.seek(max(0, log_file.stat().st_size - TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    bare = (line.strip(FRAME) for line in text.splitlines())
    lines = [line for line in bare if line and NOISE not in line]
    told = [n for n, line in enumerate(lines) if line.startswith("Not done.")]
    said = " ".join(lines[told[-1] :]) if told else "".join(lines[-1:])
    return said[:NOTE_CHARACTERS]
