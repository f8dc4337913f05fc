"""Many consoles and viewers while a show airs: `make prove` asks for 200 and 2,000
(CASTMATE_PROOF_LOAD=20x200 for less). A late tick that was not there before or after is the console's fault.
"""

from pathlib import Path

import pytest
from shows import Castmate

from bench import crowd

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.timeout(1500)]


def test_a_show_does_not_notice_who_looks_at_it(
    home: Castmate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASTMATE_CACHE", str(home.cache))
    found = crowd.measured(tmp_path)
    print(f"\n{crowd.CONSOLES} consoles, {crowd.VIEWERS} viewers, {crowd.SECONDS:.0f} s each: {found}")
    assert found.crowd["closed"] == found.crowd["lost"] == 0
    assert found.crowd["here"] > crowd.CONSOLES + crowd.VIEWERS, "some look at the picture too"
    assert found.crowd["messages"] > crowd.VIEWERS and found.crowd["media"] > 0
    assert found.crowd["sent"] > 0 and found.crowd["refused"] == 0
    alone = max(found.before.late_percent, found.after.late_percent)
    assert found.during.late_percent <= alone + 1.0, "the crowd made ticks late"
