"""The report of a rehearsal: every line with its facts and clearance, what was refused, label, loudness, time
taken.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyloudnorm

from bot.show.chronicle import finding_record
from bot.show.director import Sent
from bot.show.run import ShowRun

REPORT = 1  # version of the report's form


def rehearsal_report(run: ShowRun, film: Path, seconds_taken: float) -> dict[str, Any]:
    """What happened in a rehearsal, ready for JSON. Reads the film back for its loudness and length."""
    chronicle = run.chronicle
    loudness, seconds = measure_film(film)
    coverage, looked = run.label_coverage()
    return {
        "report": REPORT,
        "film": film.name,
        "lines": [_line(sent) for sent in chronicle.aired],
        "cut": [_line(sent) for sent in chronicle.cuts],  # begun, and not said to the end
        "refused": [
            {"text": r.line.text, "findings": [finding_record(f) for f in r.verdict.findings]}
            for r in chronicle.refusals
        ],
        "failed": [{"text": text, "reason": reason} for text, reason in chronicle.failures],
        "products": list(dict.fromkeys(p for sent in chronicle.aired for p in sent.line.products)),
        "figures": {
            "seconds": seconds,
            "seconds_taken": seconds_taken,
            "speed": seconds / max(seconds_taken, 1e-9),
            "loudness_lufs": loudness,
            "label_coverage": coverage,
            "label_looks": looked,
            "lines": len(chronicle.aired),
        },
    }


def _line(sent: Sent) -> dict[str, Any]:
    return {
        "id": sent.line.id,
        "kind": str(sent.line.kind),
        "language": sent.line.language,
        "text": sent.line.text,
        "writer": sent.line.writer,
        "products": list(sent.line.products),
        "from_s": sent.from_s,
        "to_s": sent.to_s,
        "cleared": sent.verdict.cleared,
        "facts": list(sent.verdict.facts),
        "statements": [asdict(s) for s in sent.verdict.statements],
        "findings": [finding_record(f) for f in sent.verdict.findings],
    }


def measure_film(film: Path) -> tuple[float, float]:
    """(integrated loudness in LUFS by ITU-R BS.1770, seconds) of the film's sound."""
    blocks = []
    with av.open(str(film)) as container:
        stream = container.streams.audio[0]
        rate = stream.rate
        for frame in container.decode(stream):
            blocks.append(frame.to_ndarray())
    sound = np.concatenate(blocks, axis=1).T
    return float(pyloudnorm.Meter(rate).integrated_loudness(sound)), len(sound) / rate
