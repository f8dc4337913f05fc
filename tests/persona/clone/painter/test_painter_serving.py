"""A painter and its shows over a real socket, both driven by one thread, so that nothing depends on speed."""

import os
import shutil
import socket
import time

import numpy as np
import pytest
from tiny_clone import PATIENT_S, PICTURES, SIZE, mouths, opened, until

from persona.clone.painter import clerk, serving, wire
from persona.clone.painter.brush import Brush, with_room
from persona.clone.painter.decoding import Decoding, Wanted, device_named
from persona.clone.painter.serving import Painter, listening
from products.errors import Refused, SetupError

LATER = 1e9


class Stand:
    """A painter, and shows that come to it."""

    def __init__(self, folder):
        self.root, self.path = folder / "clones", folder / "p.sock"
        self.against: dict[str, str] = {}
        self.painter = Painter(self.path, self.root, lambda licence: self.against.get(licence, ""), "cpu")
        self.brushes: list[Brush] = []

    def join(self, *where, rate=25.0, path=None, **how) -> Brush:
        folder = path or opened(self.root, *where, **how)
        brush = Brush(self.path, folder, SIZE, rate)
        self.brushes.append(brush)
        self.go(lambda: brush.welcome or brush.why)
        return brush

    def go(self, what):
        until(self.painter, what, self.brushes)

    def close(self):
        for brush in self.brushes:
            brush.close()
        self.painter.close()


@pytest.fixture
def stand(tmp_path, request, monkeypatch):
    if request.cls is not TestRoom:  # a machine that is busy elsewhere has room all the same
        monkeypatch.setattr("persona.clone.painter.room.FULL", 1e9)
    stand = Stand(tmp_path)
    yield stand
    stand.close()


def single(folder, frame, mouth):
    decoding = Decoding((folder / "decoder.onnx").read_bytes())
    return decoding.paint([Wanted(clerk.MapStore(folder), frame, mouth)])[0]


@pytest.mark.parametrize("many", [True, False], ids=["batched", "older packs, one at a time"])
def test_what_is_painted_together_is_what_is_painted_alone(stand, many):
    """Three shows, two of them of one clone, ask all that they may at once."""
    brushes = [
        stand.join("ana-2026", "1", seed=1, many=many),
        stand.join("ana-2026", "2", seed=1, many=many),
        stand.join("bo-2026", "3", seed=2, many=many),
    ]
    assert len(stand.painter._models) == 2
    wanted = {}
    for n, brush in enumerate(brushes):
        for k, mouth in enumerate(mouths(wire.SLOTS, n)):
            frame = (5 * n + k) % PICTURES
            wanted[n, brush.ask(frame, LATER, mouth)] = frame, mouth
    stand.go(lambda: stand.painter.counts["pictures"] == len(wanted))
    assert stand.painter.counts["batches"] < len(wanted)
    for (n, ticket), (frame, mouth) in wanted.items():
        found = brushes[n].take(ticket, PATIENT_S)
        alone = single(brushes[n]._join.folder, frame, mouth)
        assert np.abs(found - alone).max() < 0.5 / 255, "no picture differs by a level"
        brushes[n].give_back([ticket])
    assert all(len(b._free) == wire.SLOTS for b in brushes)


def test_a_flood_of_one_clone_does_not_starve_another(stand):
    """While five shows of one clone have all under way that they may, a show of another clone is answered
    by the second batch after each of its questions.
    """
    flood = [stand.join("ana-2026", f"f{k}", seed=1) for k in range(5)]
    quiet = stand.join("bo-2026", "q", seed=2)
    mouth = mouths(1)[0]
    waited = []
    for k in range(10):
        for brush in flood:
            brush.give_back(list(brush._ready))
            while brush.ask(k % PICTURES, LATER, mouth) is not None:
                pass
        before = stand.painter.counts["batches"]
        ticket = quiet.ask(k % PICTURES, LATER, mouth)
        stand.go(lambda t=ticket: t in quiet._ready)
        waited.append(stand.painter.counts["batches"] - before)
        quiet.give_back([ticket])
    assert max(waited) <= 2 and stand.painter.counts["pictures"] > 100


def test_what_is_late_is_told_and_not_painted(stand):
    brush = stand.join()
    ticket = brush.ask(0, time.monotonic() - 1, mouths(1)[0])
    stand.go(lambda: not brush.expected(ticket))
    assert stand.painter.counts["late"] == 1 and stand.painter.counts["pictures"] == 0
    assert brush.take(ticket, 0) is None and len(brush._free) == wire.SLOTS


def test_a_show_has_no_more_under_way_than_its_slots(stand):
    brush = stand.join()
    tickets = [brush.ask(0, LATER, mouths(1)[0]) for _ in range(wire.SLOTS + 3)]
    assert tickets.count(None) == 3
    brush.give_back([t for t in tickets if t])
    stand.go(lambda: len(brush._free) == wire.SLOTS)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"?", "kind"),
        (wire.ASK + b"123", "question of 4 bytes"),
        (wire.Asked(1, wire.SLOTS, 0, LATER, mouths(1)[0]).to_bytes(), "slot"),
        (wire.Asked(1, 0, PICTURES, LATER, mouths(1)[0]).to_bytes(), "picture 12"),
        (wire.Asked(1, 0, 0, LATER, mouths(1)[0][:3]).to_bytes(), "mouth"),
        (wire.JOIN + b"{}", "kind"),
    ],
    ids=["unknown", "short", "slot", "picture", "mouth", "twice"],
)
def test_a_show_that_breaks_the_rules_is_cut_off_and_the_others_stay(stand, message, why):
    good, bad = stand.join("ana-2026", "1"), stand.join("ana-2026", "2")
    bad._line.send(message)
    stand.go(lambda: bad.why)
    assert why in bad.why and stand.painter.counts["cut_off"] == 1
    ticket = good.ask(0, LATER, mouths(1)[0])
    stand.go(lambda: ticket in good._ready)


def test_the_same_slot_twice_is_against_the_rules(stand):
    brush = stand.join()
    for ticket in (1, 2):
        brush._line.send(wire.Asked(ticket, 0, 0, LATER, mouths(1)[0]).to_bytes())
    stand.go(lambda: brush.why)
    assert "under way" in brush.why


def test_memory_that_is_too_small_or_may_shrink_is_not_taken(stand):
    folder = opened(stand.root)
    for size, sealed in ((100, True), (wire.SLOTS * 3 * SIZE * SIZE * 4, False)):
        fd = os.memfd_create("small", os.MFD_ALLOW_SEALING)
        os.ftruncate(fd, size)
        if sealed:
            wire.fcntl.fcntl(fd, wire.fcntl.F_ADD_SEALS, wire.fcntl.F_SEAL_SHRINK)
        with wire.new_socket() as line:
            line.connect(str(stand.path))
            join = wire.told(wire.JOIN, wire.Join(folder=folder, rate=25, size=SIZE))
            socket.send_fds(line, [join], [fd])
            line.setblocking(False)
            answers = []
            until(stand.painter, lambda a=answers, i=line: a or a.extend(peek(i)))
            assert answers[0][:1] == wire.NO and b"memory" in answers[0]
        os.close(fd)


def peek(line):
    try:
        return [line.recv(wire.LONGEST)]
    except BlockingIOError:
        return []


class TestLicence:
    def test_no_clone_without_a_licence_that_holds(self, stand):
        stand.against["ana-2026"] = "Ana Silva withdrew the licence ana-2026."
        assert "withdrew" in stand.join("ana-2026").why
        assert stand.painter._models == {} and stand.painter.counts["refused"] == 1

    def test_nothing_but_what_a_show_opened(self, stand, tmp_path):
        elsewhere = opened(tmp_path / "elsewhere")
        assert "no clone that a show opened" in stand.join(path=elsewhere).why
        link = stand.root / "ana-2026" / "open-9"
        link.parent.mkdir(parents=True)
        link.symlink_to(elsewhere)
        assert "no clone that a show opened" in stand.join(path=link).why

    def test_a_clone_is_forgotten_at_the_end_of_its_last_show(self, stand):
        one, other = stand.join("ana-2026", "1"), stand.join("ana-2026", "2")
        one.close()
        stand.go(lambda: len(stand.painter._guests) == 1)
        assert len(stand.painter._models) == 1
        other.close()
        stand.go(lambda: not stand.painter._guests)
        assert stand.painter._models == {} and stand.painter.figures()["shows"] == 0

    @pytest.mark.parametrize("how", ["not holding", "folder removed"])
    def test_a_withdrawal_ends_it_within_a_minute(self, stand, monkeypatch, how):
        assert serving.LOOK_S + serving.UNKNOWN_S <= 60
        monkeypatch.setattr(serving, "LOOK_S", 0.05)
        ana, bo = stand.join("ana-2026", "1", seed=1), stand.join("bo-2026", "2", seed=2)
        if how == "not holding":
            stand.against["ana-2026"] = "Ana Silva withdrew the licence ana-2026."
        else:
            shutil.rmtree(stand.root / "ana-2026")
        stand.go(lambda: not ana.welcome)
        assert ("withdrew" if how == "not holding" else "withdrawn") in ana.why
        assert len(stand.painter._models) == 1 and stand.painter.counts["sent_away"] == 1
        ticket = bo.ask(0, LATER, mouths(1)[0])
        stand.go(lambda: ticket in bo._ready)

    def test_a_licence_of_which_nothing_can_be_known_does_not_hold(self, stand, monkeypatch):
        """The folder of the licences hangs: nobody answers the look."""
        for name in ("LOOK_S", "UNKNOWN_S"):
            monkeypatch.setattr(serving, name, 0.05)
        brush = stand.join()
        monkeypatch.setattr(stand.painter._clerk, "look", lambda guests: True)
        stand.go(lambda: not brush.welcome)
        assert "cannot be known" in brush.why and stand.painter._models == {}


class TestRoom:
    def test_a_show_too_many_is_refused_with_the_figures(self, stand):
        stand.join("ana-2026", "1")
        model = next(iter(stand.painter._models.values()))
        model.meter.seconds = 0.02  # 25 pictures of 20 ms: half of its time
        why = stand.join("ana-2026", "2").why
        assert "1 shows ask 25 pictures a second, 50% of its time" in why and "100%" in why
        assert stand.painter.figures()["shows"] == 1 and stand.painter.counts["refused"] == 1

    def test_anybody_may_ask_whether_there_is_room(self, stand, tmp_path):
        def asked(rate):
            with wire.new_socket() as line:
                line.connect(str(stand.path))
                line.send(wire.told(wire.STATUS, wire.StatusAsked(rate=rate)))
                line.setblocking(False)
                answers = []
                until(stand.painter, lambda: answers or answers.extend(peek(line)))
                return wire.Status.model_validate_json(answers[0][1:])

        stand.join()
        next(iter(stand.painter._models.values())).meter.seconds = 0.01
        free = asked(25)
        assert free.room == "" and free.device == "cpu" and free.figures["load"] == pytest.approx(0.25)
        assert "no room" in asked(60).room

    def test_the_painter_with_most_room_is_chosen(self, monkeypatch, tmp_path):
        found = {
            "a": wire.Status(room="", device="cpu", figures={"load": 0.5}),
            "b": wire.Status(room="", device="cpu", figures={"load": 0.1}),
            "c": wire.Status(room="This painter has no room.", device="cpu", figures={"load": 0.0}),
        }

        def status(path, rate):
            if path.name not in found:
                raise SetupError(f"No painter answers at {path}.", remedy="Start it.")
            return found[path.name]

        monkeypatch.setattr(wire, "ask_status", status)
        assert with_room([tmp_path / n for n in "abcx"], 25).name == "b"
        with pytest.raises(Refused, match="no room"):
            with_room([tmp_path / n for n in "xc"], 25)
        with pytest.raises(SetupError, match="No painter answers"):
            with_room([tmp_path / "x"], 25)


def test_two_painters_are_not_at_one_place_and_a_dead_one_leaves_none(stand, tmp_path):
    with pytest.raises(SetupError, match="already"):
        listening(stand.path)
    left = wire.new_socket()
    left.bind(str(tmp_path / "left.sock"))
    left.close()
    again = listening(tmp_path / "left.sock")
    assert (tmp_path / "left.sock").stat().st_mode & 0o077 == 0, "this user's alone"
    again.close()
    with pytest.raises(SetupError, match="too long"):
        listening(tmp_path / ("x" * 120))


def test_a_network_that_fails_ends_nobody_elses_show(stand, monkeypatch):
    ana, bo = stand.join("ana-2026", "1", seed=1), stand.join("bo-2026", "2", seed=2)
    broken = next(m for k, m in stand.painter._models.items() if k.startswith("ana"))
    monkeypatch.setattr(broken.decoding, "paint", lambda wanted: 1 / 0)
    lost, kept = ana.ask(0, LATER, mouths(1)[0]), bo.ask(0, LATER, mouths(1)[0])
    stand.go(lambda: kept in bo._ready and not ana.expected(lost))
    assert stand.painter.counts["failed"] == 1 and ana.welcome


@pytest.mark.parametrize("asked", [1, 3, 9, 16])
def test_on_a_gpu_batches_have_few_sizes_and_the_same_pictures(tmp_path, monkeypatch, asked):
    folder = opened(tmp_path)
    decoding, store = Decoding((folder / "decoder.onnx").read_bytes()), clerk.MapStore(folder)
    decoding.device = "cuda:0"  # as there; computed here
    sizes, run = [], decoding._run
    monkeypatch.setattr(decoding, "_run", lambda wanted, size: sizes.append(size) or run(wanted, size))
    wanted = [Wanted(store, k % PICTURES, m) for k, m in enumerate(mouths(asked))]
    found = decoding.paint(wanted)
    assert sizes == [{1: 1, 3: 4, 9: 16, 16: 16}[asked]] and len(found) == asked
    for one, picture in zip(wanted, found, strict=True):
        assert np.abs(single(folder, one.frame, one.mouth) - picture).max() < 0.5 / 255


def test_devices_are_named(monkeypatch):
    assert device_named("cpu") == "cpu"
    for wrong in ("cuda", "gpu0", "cuda:x"):
        with pytest.raises(SetupError, match="no device"):
            device_named(wrong)
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    assert device_named("auto") == "cpu"
    with pytest.raises(SetupError, match="cannot use a GPU"):
        device_named("cuda:0")
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CUDAExecutionProvider"])
    assert device_named("auto") == "cuda:0" and device_named("cuda:1") == "cuda:1"
