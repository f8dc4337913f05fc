"""Everything that the template writer and answerer say about the sample shop clears, in both languages."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.compliance.clearance import CatalogueClearance
from persona.answers import TemplateAnswerer
from persona.figures import money
from persona.grammar import title_fields
from persona.persona import Persona, load_persona
from persona.phrasebook import field_names, phrasebook
from persona.product_view import view
from persona.script import Brief, Line, LineKind, Question
from persona.template_writer import TemplateWriter
from products.catalogue import Product
from products.claims import sayable
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine
from products.verdict import Utterance

SAMPLE = Path(__file__).parents[2] / "sample"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ROUNDS = 5
"""Enough for the ways in which sentences are put together; test_every_wording looks at each by itself."""

BOTH = pytest.mark.parametrize("language", ["en", "zh"])
HOSTS = pytest.mark.parametrize("host", ["mei", "tom"])


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> SqlCatalogue:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('words') / 'shop.sqlite'}")
    create_tables(engine)
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, SAMPLE / "shop" / name, NOW)
    return SqlCatalogue(engine)


@pytest.fixture(scope="module")
def clearance(catalogue: SqlCatalogue) -> CatalogueClearance:
    return CatalogueClearance(catalogue)


def persona(host: str) -> Persona:
    return load_persona(SAMPLE / "personas" / f"{host}.yaml")


def hold(clearance: CatalogueClearance, line: Line, now: datetime = NOW) -> None:
    verdict = clearance.clear(line.utterance(), now)
    assert verdict.cleared, (line.text, [f"{f.rule}: {f.message}" for f in verdict.findings])


def pitches(writer: TemplateWriter, product: Product, language: str, now: datetime = NOW) -> Iterator[Line]:
    recent: list[str] = []
    for seed in range(ROUNDS):
        for returning in (False, True):
            brief = Brief(
                LineKind.PITCH, language, now, 90.0, tuple(recent[-60:]), returning=returning, seed=seed
            )
            lines = asyncio.run(writer.pitch(product, brief)).lines
            recent += [line.text for line in lines]
            yield from lines


WITHOUT_PRODUCT = {"welcome", "invite", "notice", "filler", "goodbye", "offers", "time"}
ABOUT = ("harbor-sneakers", "dawn-mug", "atlas-backpack")


@BOTH
def test_every_wording(catalogue: SqlCatalogue, clearance: CatalogueClearance, language: str) -> None:
    """Each wording of each slot of shows and pitches, filled for products with and without a lower price."""
    host, book, refused, looked = persona("mei"), phrasebook(language), [], 0
    for slot, wordings in book.slots.items():
        if slot.startswith(("answer", "sold_out", "hook.")) and slot not in (
            "hook.new",
            "hook.again",
            "hook.page",
        ):
            continue
        without = slot.split(".")[0] in WITHOUT_PRODUCT
        for handle in ABOUT[:1] if without else ABOUT:
            product = catalogue.product(handle)
            assert product is not None
            about = view(product, language, NOW)
            fields = {**title_fields(about), "shop": host.shop_in(language), "name": host.name_in(language)}
            if about.price is not None:
                fields["price"] = money(about.price, language)
            if about.compare_at is not None and about.saving is not None:
                fields |= {
                    "compare_at": money(about.compare_at, language),
                    "saving": money(about.saving, language),
                }
            fields["s"] = product.text(language).sentences[0].rstrip(".。")
            named = () if without else (handle,)
            for wording in wordings:
                if field_names(wording) <= fields.keys():
                    looked += 1
                    text = wording.format_map(fields)
                    verdict = clearance.clear(Utterance(text, language, products=named), NOW)
                    if not verdict.cleared:
                        refused.append((slot, text, [f.message for f in verdict.findings]))
    assert looked > 2500
    assert refused == []


@BOTH
def test_pitches(catalogue: SqlCatalogue, clearance: CatalogueClearance, language: str) -> None:
    writer = TemplateWriter(persona("mei"), sayable)
    products = catalogue.products()
    assert len(products) >= 12
    for product in products:
        known = {fact.id for fact in catalogue.facts([product.handle], NOW)}
        for line in pitches(writer, product, language):
            hold(clearance, line)
            assert set(line.facts) <= known, (line.text, set(line.facts) - known)


@BOTH
@pytest.mark.parametrize("age", [timedelta(minutes=11), timedelta(hours=25)])
def test_pitches_from_a_catalogue_that_was_not_read_again(
    catalogue: SqlCatalogue, clearance: CatalogueClearance, language: str, age: timedelta
) -> None:
    writer = TemplateWriter(persona("mei"), sayable)
    for product in catalogue.products()[::2]:
        for line in pitches(writer, product, language, NOW + age):
            hold(clearance, line, NOW + age)


@BOTH
@HOSTS
def test_lines_of_the_show(
    catalogue: SqlCatalogue, clearance: CatalogueClearance, language: str, host: str
) -> None:
    writer = TemplateWriter(persona(host), sayable)
    recent: list[str] = []
    for seed in range(ROUNDS):
        for kind in (
            LineKind.WELCOME,
            LineKind.INVITE,
            LineKind.NOTICE,
            LineKind.FILLER,
            LineKind.GOODBYE,
        ):
            brief = Brief(kind, language, NOW, recent=tuple(recent[-60:]), seed=seed)
            line = asyncio.run(writer.line(brief))
            recent.append(line.text)
            hold(clearance, line)
        brief = Brief(LineKind.OFFER, language, NOW, recent=tuple(recent[-60:]), seed=seed)
        script = asyncio.run(writer.offers(catalogue.products(), brief, 5))
        assert len(script.lines) == 5, "an opening and the four products that are marked down"
        for line in script.lines:
            recent.append(line.text)
            hold(clearance, line)


QUESTIONS = {
    "en": (
        "how much is it?",
        "any discount?",
        "do you have 42?",
        "do you have size 45?",
        "size 47?",
        "39 or 42?",
        "what sizes?",
        "what colours are there?",
        "is it available?",
        "how many are left?",
        "how many left in 45?",
        "do you have it in olive?",
        "is there one in black?",
        "in night?",
        "in red?",
        "what is it made of?",
        "how heavy is it?",
        "how big is it?",
        "is it dishwasher safe?",
        "is it waterproof?",
        "battery?",
        "is there a guarantee?",
        "where is it from?",
        "tell me about it",
        "does it help with pain?",
        "how do I buy it?",
        "what do you recommend?",
        "do you ship abroad?",
        "can I return it?",
        "where is my order?",
        "are you a robot?",
        "who are you?",
        "hello",
        "thanks",
        "bye",
        "is it vegan?",
        "asdf?",
    ),
    "zh": (
        "多少钱",
        "有优惠吗",
        "42码有吗",
        "45码还有吗",
        "47码有没有",
        "有哪些尺码",
        "有什么颜色",
        "还有货吗",
        "还剩多少",
        "45码还剩几双",
        "橄榄绿还有吗",
        "黑色有吗",
        "夜色的有没有",
        "红色有吗",
        "什么材质",
        "多重",
        "多大",
        "能进洗碗机吗",
        "防水吗",
        "续航多久",
        "保修吗",
        "产地是哪里",
        "介绍一下",
        "能治失眠吗",
        "怎么买",
        "推荐一款",
        "包邮吗",
        "能退吗",
        "我的快递还没到",
        "你是真人吗",
        "你是谁",
        "你好",
        "谢谢",
        "拜拜",
        "好看吗",
    ),
}


@BOTH
@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=11), timedelta(hours=25)])
def test_answers(
    catalogue: SqlCatalogue, clearance: CatalogueClearance, language: str, age: timedelta
) -> None:
    answerer = TemplateAnswerer(persona("mei"), sayable)
    viewer = "Anna" if language == "en" else "小王"
    now = NOW + age
    for product in catalogue.products():
        known = {fact.id for fact in catalogue.facts([p.handle for p in catalogue.products()], now)}
        for text in QUESTIONS[language]:
            recent: list[str] = []
            for attempt in range(2):
                question = Question(f"{text}{attempt}", "room", viewer, text, language, now, product.handle)
                line = answerer.answer(question, catalogue, now, product.handle, recent)
                assert line is not None and line.language == language, text
                hold(clearance, line, now)
                assert set(line.facts) <= known, (line.text, set(line.facts) - known)
                recent.append(line.text)
