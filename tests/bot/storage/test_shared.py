"""Two machines and a store between them: what a show needs arrives, keys never leave, nothing is lost."""

import asyncio
import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from goods import Shelf, product
from licences import AT, licence
from PIL import Image

from bot.accounts import account_keeper
from bot.clone_packs import withdraw_licence
from bot.commands.shelf import PictureShelf
from bot.licensed import open_licences, opened_under
from bot.settings import Settings
from bot.shop import ShowOrder
from bot.storage.arriving import arrive, bring_pictures, picture_finder
from bot.storage.base import Cargo
from bot.storage.folder import FolderStore
from bot.storage.pictures import Pictures, picture_loads
from bot.storage.shared import CONFLICT, Shared, Watch
from bot.storage.upkeep import Upkeep
from persona.clone.neural.pack import FILES, PackHead, read_pack, write_pack
from persona.clone.neural.recipe import Recipe
from persona.persona import load_persona
from persona.sealing import WITHDRAWN
from products.errors import Refused, RemoteError

ROOT = Path(__file__).resolve().parents[3]
PLAIN = b"the very face of Ana Silva " * 40
PACK = PackHead(
    licence="ana-2026", kind="drawn", made_at=AT, width=180, height=320, size=64, components=12,
    footage="a" * 64, prepared="b" * 64, recipe=Recipe(), steps=1, best=1.0, learnt=True,
)  # fmt: skip


class Machine:
    """One machine: its settings, its view of the store."""

    def __init__(self, place: Path, store: FolderStore) -> None:
        self.settings = Settings(data=place / "data", cache=place / "cache", store=str(store.root))
        self.settings.data.mkdir(parents=True)
        self.shared, self.place = Shared(self.settings, store), place

    @property
    def licences(self):
        return open_licences(self.settings)

    def give_keys(self, other: "Machine") -> None:
        """As castmate keys backup and restore do."""
        for mine in (self.settings.licence_key_folder, self.settings.data / "keys"):
            if mine.exists():
                there = other.settings.licence_key_folder
                if mine.name == "keys":
                    there = other.settings.data / "keys"
                shutil.copytree(mine, there, dirs_exist_ok=True)


@pytest.fixture
def store(tmp_path) -> FolderStore:
    return FolderStore(tmp_path / "store")


@pytest.fixture
def home(tmp_path, store) -> Machine:
    """Where everything was made: a licence, a clone sealed under it, an account, a paper."""
    machine = Machine(tmp_path / "home", store)
    machine.licences.add(licence())
    write_pack(machine.place / "shop" / "ana.clone", PACK, dict.fromkeys(FILES, PLAIN), machine.licences)
    account_keeper(machine.settings).write("twitch", "main", {"token": "first-token"})
    papers = machine.settings.office / "holds"
    papers.mkdir(parents=True)
    (papers / "1.json").write_text("{}")
    return machine


@pytest.fixture
def node(tmp_path, store) -> Machine:
    return Machine(tmp_path / "node", store)


def persona_of(machine: Machine):
    given = {
        "id": "ana", "name": {"en": "Ana"}, "shop": {"en": "Corner"}, "languages": ["en"], "look": "mei",
        "voice": {"en": {"engine": "kokoro", "voice": "af_heart"}}, "clone": "ana.clone",
        "licence": str(machine.settings.data / "licences" / "ana-2026" / "licence.yaml"),
    }  # fmt: skip
    path = machine.place / "shop" / "ana.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(given), "utf-8")
    return load_persona(path)


def put_all(loads, store) -> None:
    for load in loads:
        if (cargo := load.cargo()) is not None:
            store.put(load.name, cargo)


def test_a_node_with_the_keys_has_all_that_the_show_needs(home, node, store) -> None:
    assert home.shared.push().failed == []
    put_all(home.shared.pack_loads(persona_of(home)), store)
    home.give_keys(node)
    assert node.shared.pull().failed == []
    assert node.licences.read(node.licences.path("ana-2026")) == licence()
    assert account_keeper(node.settings).read("twitch", "main") == {"token": "first-token"}
    assert (node.settings.office / "holds" / "1.json").exists()
    persona = persona_of(node)
    assert node.shared.fetch_pack(persona) and not node.shared.fetch_pack(persona)
    head, contents = read_pack(persona.clone, node.licences)
    assert head.licence == "ana-2026" and set(contents.values()) == {PLAIN}


def test_without_the_keys_what_arrives_stays_closed(home, node, store) -> None:
    home.shared.push()
    put_all(home.shared.pack_loads(persona_of(home)), store)
    node.shared.pull()
    persona = persona_of(node)
    assert node.shared.fetch_pack(persona)
    assert not node.licences.path("ana-2026").exists()
    with pytest.raises(Refused):
        read_pack(persona.clone, node.licences)


def test_no_key_and_no_plain_byte_of_what_is_sealed_lies_in_the_store(home, store) -> None:
    home.shared.push()
    put_all(home.shared.pack_loads(persona_of(home)), store)
    there = {
        p.relative_to(store.root).as_posix(): p.read_bytes() for p in store.root.rglob("*") if p.is_file()
    }
    keys = [p for p in home.place.rglob("*") if p.is_file() and ("keys" in p.parts or p.suffix == ".key")]
    keys += list(home.settings.licence_key_folder.rglob("*.key"))
    assert len([n for n in there if n.endswith(".sealed")]) == len(FILES) + 1 and keys
    for name, data in there.items():
        assert PLAIN[:24] not in data and b"Ana Silva" not in data and b"first-token" not in data, name
        assert all(key.read_bytes() not in data for key in keys), name
        assert not name.endswith((".key", ".pem", ".yaml")), name


def test_the_newest_goes_round_and_nothing_made_here_is_replaced(home, node, store) -> None:
    home.shared.push()
    home.give_keys(node)
    node.shared.pull()
    account_keeper(node.settings).write("twitch", "main", {"token": "refreshed"})
    assert node.shared.push(only="accounts/").names == ["accounts/twitch.main.sealed"]
    assert home.shared.push().names == [], "what is older here is not put over what is newer there"
    assert home.shared.pull().names == ["accounts/twitch.main.sealed"]
    assert account_keeper(home.settings).read("twitch", "main") == {"token": "refreshed"}
    account_keeper(home.settings).write("twitch", "main", {"token": "at home"})
    account_keeper(node.settings).write("twitch", "main", {"token": "at the node"})
    assert home.shared.push().names == ["accounts/twitch.main.sealed"]
    assert node.shared.push().failed == [("accounts/twitch.main.sealed", CONFLICT)]
    node.shared.pull()
    assert account_keeper(node.settings).read("twitch", "main") == {"token": "at the node"}


def test_a_withdrawal_is_heard_by_who_has_the_key_and_by_nobody_else_s_word(home, node, store) -> None:
    home.shared.push()
    home.give_keys(node)
    node.shared.pull()
    watch = Watch(node.shared, "ana-2026")
    watch()
    assert node.licences.has_key("ana-2026")
    store.put(f"licences/ana-2026/{WITHDRAWN}", Cargo.of(b"castmate sealed 1\n" + bytes(60)))
    watch()
    assert node.licences.has_key("ana-2026"), "who writes to the store cannot withdraw"
    assert [name for name, _ in node.shared.pull().failed] == ["licences/ana-2026"]
    (opened_under(node.settings, "ana-2026") / "open-1").mkdir(parents=True)
    assert withdraw_licence(home.settings, "ana-2026", AT + timedelta(days=1)) == ""
    watch()
    assert not opened_under(node.settings, "ana-2026").exists()
    assert not node.licences.has_key("ana-2026")
    assert node.licences.withdrawn == {"ana-2026": AT + timedelta(days=1)}


def test_a_withdrawal_that_cannot_be_told_is_told(home, store) -> None:
    store.root.mkdir(exist_ok=True)
    (store.root / "licences").write_text("in the way")
    untold = withdraw_licence(home.settings, "ana-2026", AT + timedelta(days=1))
    assert "cannot be written" in untold and not home.licences.has_key("ana-2026")


@pytest.mark.parametrize(
    "name",
    [
        "compliance/keys/mallory.pub",
        "compliance/packs/soft.yaml",
        "compliance/ledger.jsonl",
        "keys/ledger.pem",
        "licences/x/licence.yaml",
        "castmate.db",
    ],
)
def test_who_writes_to_the_store_cannot_plant_what_counts(node, store, name) -> None:
    store.put(name, Cargo.of(b"planted"))
    assert node.shared.pull().names == [] and not (node.settings.data / name).exists()


def test_before_a_show_begins_its_clone_and_papers_arrive(home, node, store) -> None:
    home.shared.push()
    put_all(home.shared.pack_loads(persona_of(home)), store)
    home.give_keys(node)
    persona = persona_of(node)
    order = ShowOrder(ROOT / "sample" / "show.yaml", persona=node.place / "shop" / "ana.yaml")
    assert arrive(node.settings, order) == ""
    assert read_pack(persona.clone, node.licences)[0].licence == "ana-2026"
    (store.root / "accounts" / "twitch.main.sealed").write_bytes(b"bent")
    (node.settings.data / "accounts" / "twitch.main.sealed").unlink()
    assert "came back changed" in arrive(node.settings, order), "told, and no reason to stay off the air"


def test_a_licence_named_elsewhere_is_put_there(home, node, store) -> None:
    home.shared.push()
    home.give_keys(node)
    node.shared.pull()
    own = node.place / "shop" / "ana-2026" / "licence.yaml"
    persona = persona_of(node).model_copy(update={"licence": own})
    node.shared.fetch_pack(persona)
    assert node.licences.read(own) == licence()


def test_a_show_s_pictures_arrive_and_the_console_shows_them(home, node, store) -> None:
    path = home.place / "shop" / "mug.png"
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)
    put_all(picture_loads(store, [path]), store)
    path.unlink()
    pictures = {"mug.png": path, "cup.png": path.with_name("cup.png")}
    assert bring_pictures(node.settings, pictures) == ""
    assert pictures["mug.png"].is_file() and pictures["cup.png"] == path.with_name("cup.png")
    shelf = PictureShelf([Shelf(product(picture=path))], picture_finder(node.settings))
    assert shelf.find("mug.png") == pictures["mug.png"] and shelf.wanted() == (path,)
    assert PictureShelf([Shelf(product(picture=path))]).find("mug.png") is None, "as ever without a store"


def test_a_show_begins_with_what_is_here_when_the_store_is_away(node, tmp_path, monkeypatch) -> None:
    def away(*_: object) -> None:
        raise RemoteError("s3://shop does not answer")

    monkeypatch.setattr(Shared, "pull", away)
    assert "does not answer" in arrive(node.settings, ShowOrder(tmp_path / "show.yaml"))
    assert arrive(node.settings.model_copy(update={"store": None}), ShowOrder(tmp_path / "x.yaml")) == ""


def test_pictures_come_from_the_store_once(home, node, store, tmp_path) -> None:
    path, other = home.place / "shop" / "mug.png", home.place / "shop" / "cup.png"
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)
    other.write_bytes(b"no picture at all")
    put_all(picture_loads(store, [path, other, tmp_path / "nowhere.png"]), store)
    path.unlink()
    other.unlink()
    pictures = Pictures(store, node.settings.cache)
    found = pictures.find(path)
    assert found is not None and found.name == "mug.png" and found.is_relative_to(node.settings.cache)
    shutil.rmtree(store.root)
    assert pictures.find(path) == found
    assert pictures.find(other) is None and pictures.find(tmp_path / "nowhere.png") is None


def test_a_store_that_hangs_keeps_no_process_from_ending(home, monkeypatch) -> None:
    asked, go, came_back = threading.Event(), threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        asked.set()
        go.wait(60)
        came_back.set()
        raise RemoteError("it hung")

    monkeypatch.setattr(Shared, "push", hang)

    async def run() -> None:
        task = asyncio.ensure_future(Upkeep(home.settings, lambda: AT)())
        await asyncio.to_thread(asked.wait, 60)
        task.cancel()

    asyncio.run(run())
    assert not came_back.is_set(), "it ended while the store still hung"
    go.set()


async def test_upkeep_stores_what_lacks_and_tells_what_fails(home, store) -> None:
    upkeep = Upkeep(home.settings, lambda: AT)
    await upkeep()
    assert (store.root / "licences" / "ana-2026" / "licence.seal").exists()
    shutil.rmtree(store.root)
    store.root.write_text("in the way")
    account_keeper(home.settings).write("twitch", "other", {"token": "new"})
    (failed,) = upkeep.once().failed
    assert "cannot be written" in failed[1]
