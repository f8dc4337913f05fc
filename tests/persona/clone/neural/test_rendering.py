"""A pack from the drawn host's footage, sealed, opened and made to speak: what the air sees of it."""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from licences import licence

from bot.clone_packs import open_host
from bot.settings import Settings
from persona.clone.base import Patch
from persona.clone.neural import measures
from persona.clone.neural.assets import Assets
from persona.clone.neural.clone import NeuralClone
from persona.clone.neural.evaluating import GOALS, pictures
from persona.clone.neural.making import make_assets
from persona.clone.neural.opening import bent, open_pack_files
from persona.clone.neural.pack import PackHead, Walk, read_head, read_pack, write_pack
from persona.clone.neural.painting import MOST_SHIFT, DetailChoice, Finish, MouthPainter
from persona.clone.neural.recipe import Recipe
from persona.clone.neural.sweeping import sweep
from persona.clone.opening import open_clone, open_reel
from persona.clone.prepared import Prepared
from persona.persona import load_persona
from persona.sealing import LicenceStore
from persona.speech import SPEECH_RATE, Phone, Speech
from products.errors import Refused, SetupError

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def head_of(prepared: Prepared) -> PackHead:
    footage = prepared.head.footage
    return PackHead(
        licence="ana-2026", kind="drawn", made_at=AT, width=footage.width, height=footage.height,
        size=prepared.size, components=prepared.mouths.shape[1], footage=footage.sha256, prepared="b" * 64,
        recipe=Recipe(), steps=0, best=0.0, learnt=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def clone(opened: Path) -> NeuralClone:
    made = open_clone(opened)
    assert isinstance(made, NeuralClone)
    return made


def speech(symbols: str, each: float = 0.12) -> Speech:
    given = symbols.split()
    phones = tuple(Phone("sil" if s == "_" else s, k * each, (k + 1) * each) for k, s in enumerate(given))
    tone = 0.1 * np.sin(2 * np.pi * 150 * np.arange(round(len(given) * each * SPEECH_RATE)) / SPEECH_RATE)
    return Speech("", 0, True, "", "en", 0, 0, tone.astype(np.float32), (), phones)


def whole(clone: NeuralClone, patch: Patch) -> np.ndarray:
    """The luma of the region with the patch in it."""
    y = clone.reel.frame(patch.base)[0].copy()
    for part in patch.rects:
        x0, y0 = part.rect.x - clone.reel.region.x, part.rect.y - clone.reel.region.y
        y[y0 : y0 + part.rect.h, x0 : x0 + part.rect.w] = part.y
    return y


def test_painted_mouths_beat_what_copying_does(prepared, networks):
    figures = pictures(prepared, MouthPainter(make_assets(prepared, *networks), *networks))
    assert figures["mouth_psnr_over_mean_db"] > 5
    assert figures["mouth_psnr_db"] > figures["mean_mouth_psnr_db"]
    assert figures["mouth_ssim"] > figures["mean_mouth_ssim"] + 0.1
    for name in ("sharpness_ratio", "temporal_ratio"):
        assert GOALS[name].met(figures[name]), name


def test_one_patch_a_frame_on_consecutive_base_frames(clone):
    said = speech("h a l oʊ m a m a")
    patches = list(clone.render(said, 7))
    assert len(patches) == int(np.ceil(round(said.seconds * 25, 6)))
    assert [p.base for p in patches] == [(7 + k) % clone.reel.length for k in range(len(patches))]


def test_rectangles_are_even_and_inside_the_region(clone):
    region = clone.reel.region
    parts = [part for patch in clone.render(speech("h a l oʊ " * 4), 0) for part in patch.rects]
    assert parts
    for part in parts:
        r = part.rect
        assert all(v % 2 == 0 for v in (r.x, r.y, r.w, r.h))
        assert region.x <= r.x and region.y <= r.y
        assert r.x + r.w <= region.x + region.w and r.y + r.h <= region.y + region.h
        assert part.y.shape == (r.h, r.w) and part.u.shape == part.v.shape == (r.h // 2, r.w // 2)


def test_the_same_speech_is_the_same_picture(clone):
    a, b = (list(clone.render(speech("b l uː ʃ uː z"), 3)) for _ in range(2))
    for one, other in zip(a, b, strict=True):
        assert one.opening == other.opening
        assert all(np.array_equal(p.y, q.y) for p, q in zip(one.rects, other.rects, strict=True))


def test_in_silence_the_reel_plays_alone(clone):
    patches = list(clone.render(speech("a l a _ _ _ _ _ _ _ _ a l a"), 0))
    assert all(not p.rects for p in patches[12:28])
    assert clone.rest(clone.reel.length + 2) == Patch(2, ())


def test_the_mouth_opens_where_the_speech_does(clone):
    patches = list(clone.render(speech("m ɑ ɑ m ɑ ɑ m ɑ ɑ m"), 0))
    still = [whole(clone, clone.rest(p.base)).astype(int) for p in patches]
    changed = np.array(
        [np.abs(whole(clone, p) - s).sum() for p, s in zip(patches, still, strict=True)], np.float32
    )
    openings = np.array([p.opening for p in patches], np.float32)
    assert measures.correlation(changed, openings) > 0.8
    assert max(openings) > 0.2 and min(openings) < measures.TOUCH


def test_lips_that_touch_are_painted_touching(clone):
    """On each P, B and M, however short, there is a picture that is nearly the closed mouth's."""
    symbols = "ɑ m ɑ b ɑ p ɑ".split()
    patches = list(clone.render(speech(" ".join(symbols), 0.14), 0))
    still = [whole(clone, clone.rest(p.base)).astype(int) for p in patches]
    changed = [np.abs(whole(clone, p) - s).sum() for p, s in zip(patches, still, strict=True)]
    for k, symbol in enumerate(symbols):
        if symbol in "mbp":
            inside = [n for n in range(len(patches)) if 0.14 * (k - 0.3) < (n + 0.5) / 25 < 0.14 * (k + 1.3)]
            assert min(patches[n].opening for n in inside) < measures.TOUCH, symbol
            assert min(changed[n] for n in inside) < 0.35 * max(changed), symbol


def test_outside_its_mask_nothing_changes(clone):
    """The rectangle's edge is the reel's own: no seam."""
    for patch in list(clone.render(speech("ɑ oʊ ɑ oʊ ɑ oʊ"), 0))[3:8]:
        for part in patch.rects:
            y, u, v = clone.reel.still(patch.base, part.rect)
            for new, old in ((part.y, y), (part.u, u), (part.v, v)):
                for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
                    assert np.array_equal(new[edge], old[edge])


def test_the_base_pictures_rest(clone, prepared):
    """Whatever was said in a base frame, its mouth is painted closed: in the loop it hardly changes."""
    assets, region = clone.assets, clone.reel.region
    resting = assets.gap.of(assets.space.decode(assets.speaker.closed[None]))[0]
    assert resting < measures.TOUCH
    rows, columns = assets.detail.rows, assets.detail.columns
    looped = []
    for k, i in {k: i for i, k in enumerate(clone.reel.order)}.items():
        matrix = clone.reel.places[k].matrix.copy()
        matrix[:, 2] += matrix[:, :2] @ (region.x, region.y)
        crop = cv2.warpAffine(clone.reel.frame(i)[0], matrix, (prepared.size, prepared.size))
        looped.append(crop[rows, columns].astype(float))
    filmed = prepared.crops[:, rows, columns].mean(axis=3)
    assert np.std(looped, axis=0).mean() < 0.35 * filmed.std(axis=0).mean()


def test_no_jump_of_the_loop_is_seen(clone, contents):
    """Where the loop leaves one moment of the film for another it changes no more than it does in 19 of 20
    steps that it takes within the film; over its own end too.
    """
    reel, parts = clone.reel, Walk.from_bytes(contents["loop.npz"]).shown[:, 2]
    steps: dict[bool, set[tuple[int, int]]] = {True: set(), False: set()}
    for k in range(reel.length):
        after = (k + 1) % reel.length
        steps[bool(parts[k] or parts[after])].add((reel.order[k], reel.order[after]))
    where = {stored: k for k, stored in enumerate(reel.order)}
    pictures = {stored: reel.frame(k)[0].astype(np.float32) for stored, k in where.items()}
    crossed, plain = (
        [float(np.sqrt(((pictures[a] - pictures[b]) ** 2).mean())) for a, b in steps[crossing]]
        for crossing in (True, False)
    )
    assert len(crossed) >= 6 and max(crossed) <= np.percentile(plain, 95)


def test_painted_skin_takes_the_colour_of_the_picture_around_it(contents):
    """A base frame that is lighter than what was learnt makes the mouth lighter, within bounds."""
    assets = Assets.from_bytes(contents["assets.npz"])
    finish = Finish(assets)
    drawn = np.full((3, assets.size, assets.size), 0.5, np.float32)
    for lighter, shift in ((5.0, 5.0), (-3.0, -3.0), (40.0, MOST_SHIFT)):
        found = finish.of(drawn, np.full(3, 127.5 + lighter, np.float32), None)
        assert np.abs(found - (127.5 + shift)).max() < 0.01


def test_a_head_is_bent_to_where_it_should_be_and_the_room_stays():
    rng = np.random.default_rng(0)
    y = cv2.GaussianBlur(rng.integers(0, 255, (200, 200)).astype(np.uint8), (0, 0), 2)
    u = y[::2, ::2].copy()
    present = np.array([[1, 0, -80.0], [0, 1, -90.0]])
    wanted = np.array([[1, 0, -83.0], [0, 1, -90.0]])  # the head three pixels to the right
    moved = bent((y, u, u), present, wanted, 40)
    assert np.abs(moved[0][98:103, 98:108].astype(int) - y[98:103, 95:105]).max() <= 12
    assert np.array_equal(moved[0][:5, :5], y[:5, :5])
    same = bent((y, u, u), present, present, 40)
    assert all(np.array_equal(a, b) for a, b in zip(same, (y, u, u), strict=True))


def test_detail_stays_while_it_is_nearly_the_nearest():
    choice = DetailChoice(np.array([[0.0], [1.0]], np.float32))
    assert [choice.of(np.array([v], np.float32)) for v in (0.1, 0.49, 0.51, 0.6, 0.49, 0.45)] == [
        0,
        0,
        0,
        1,
        1,
        0,
    ]
    assert DetailChoice(np.zeros((0, 1), np.float32)).of(np.zeros(1, np.float32)) is None


def test_opened_files_are_the_owners_alone_and_swept(opened, tmp_path):
    assert opened.parent.stat().st_mode & 0o077 == 0
    assert open_reel(opened).life(3, 3) == ()
    dead, alive = (tmp_path / "ana-2026" / f"open-{pid}-ana-180x320" for pid in (999999999, 1))
    for folder in (dead, alive):
        folder.mkdir(parents=True)
    sweep(tmp_path)
    assert not dead.exists() and alive.exists()


def test_a_face_too_large_for_the_studio_is_told(contents, tmp_path):
    with pytest.raises(SetupError, match="mouth takes"):
        open_pack_files(contents, tmp_path / "large", 2160, 3840)
    assert not (tmp_path / "large").exists(), "nothing of a face is left lying"


class TestPack:
    @pytest.fixture
    def store(self, tmp_path):
        store = LicenceStore(tmp_path / "licences", tmp_path / "keys")
        store.add(licence())
        return store

    @pytest.fixture
    def folder(self, tmp_path, store, contents, prepared):
        write_pack(tmp_path / "pack", head_of(prepared), contents, store)
        return tmp_path / "pack"

    def test_what_was_sealed_comes_back(self, folder, store, contents):
        head, found = read_pack(folder, store)
        assert found == contents and head.licence == "ana-2026"

    def test_nothing_of_the_person_lies_open(self, folder, contents):
        lying = b"".join(p.read_bytes() for p in folder.iterdir())
        for content in contents.values():
            assert content[200:260] not in lying

    def test_a_changed_file_is_refused(self, folder, store):
        path = folder / "decoder.onnx.sealed"
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        with pytest.raises(SetupError, match="changed"):
            read_pack(folder, store)

    def test_a_file_gone_is_told(self, folder, store):
        (folder / "base.mkv.sealed").unlink()
        with pytest.raises(SetupError, match=r"base\.mkv"):
            read_pack(folder, store)

    def test_a_withdrawn_licence_never_opens_it_again(self, folder, store):
        store.withdraw("ana-2026", AT)
        with pytest.raises(Refused):
            read_pack(folder, store)

    def test_a_persona_hosts_by_it(self, folder, store, tmp_path):
        """As a show opens it: in a process of its own, into a folder of its user's alone."""
        persona = {
            "id": "ana", "name": {"en": "Ana"}, "shop": {"en": "Shop"}, "languages": ["en"], "look": "mei",
            "voice": {"en": {"engine": "kokoro", "voice": "af_heart"}}, "clone": "pack",
            "licence": str(store.path("ana-2026")),
        }  # fmt: skip
        (tmp_path / "ana.yaml").write_text(yaml.safe_dump(persona), "utf-8")
        settings = Settings(data=tmp_path, cache=tmp_path / "cache", licence_keys=tmp_path / "keys")
        told: list[float] = []
        path = open_host(load_persona(tmp_path / "ana.yaml"), settings, 180, 320, AT, told.append)
        assert open_reel(path).size == (180, 320) and told[-1] == 1.0
        assert path.parent.stat().st_mode & 0o077 == 0
        assert list(open_clone(path).render(speech("h a l oʊ"), 0))[4].rects

    def test_no_pack_is_told(self, tmp_path):
        with pytest.raises(SetupError, match="holds no clone"):
            read_head(tmp_path)
