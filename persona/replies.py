"""What is true of a product, as an answer: price, options, availability, sentences of its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from persona import leaning
from persona.figures import consecutive, listed, money
from persona.framing import unbracketed
from persona.grammar import capital
from persona.intents import Intent
from persona.phrasebook import Phrasebook
from persona.product_view import Axis, Choice, ProductView
from persona.wording import count_of, gone_fields
from products.catalogue import Variant


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: phrasebook slot, its fields, facts leaned on; `note`: a second sentence, so too."""

    slot: str
    fields: Mapping[str, str]
    facts: tuple[str, ...] = ()
    note: tuple[str, Mapping[str, str]] | None = None
    hand_over: bool = False


def simple(intent: Intent, about: ProductView, kind: str | None) -> Reply | None:
    """Intents that need nothing but the product. `kind`: of option that the question names."""
    match intent:
        case Intent.PRICE:
            return price(about)
        case Intent.DISCOUNT:
            return discount(about)
        case Intent.OPTIONS:
            return options(about, kind)
        case Intent.HOW_TO_BUY:
            gone = about.sold_out
            return Reply("answer.gone_all" if gone else "answer.how_to_buy", {}, leaning.name(about))
        case _:
            return None


def price(about: ProductView) -> Reply:
    if about.low is None or about.high is None:
        return Reply("answer.price_unknown", {})
    if about.price is None:
        fields = {"low": money(about.low, about.language), "high": money(about.high, about.language)}
        return Reply("answer.price_range", fields, leaning.prices(about))
    fields = {"price": money(about.price, about.language)}
    note: tuple[str, Mapping[str, str]] | None = ("answer.gone_too", {}) if about.sold_out else None
    if about.compare_at is None:
        return Reply("answer.price", fields, leaning.prices(about), note)
    fields["compare_at"] = money(about.compare_at, about.language)
    return Reply("answer.price_compared", fields, leaning.prices(about), note)


def discount(about: ProductView) -> Reply:
    if about.price is None:
        return price(about)
    fields = {"price": money(about.price, about.language)}
    if about.compare_at is None or about.saving is None:
        return Reply("answer.no_discount", fields, leaning.prices(about))
    fields |= {
        "compare_at": money(about.compare_at, about.language),
        "saving": money(about.saving, about.language),
    }
    return Reply("answer.discount", fields, leaning.prices(about))


def options(about: ProductView, kind: str | None) -> Reply:
    """What can be chosen; `kind`: only of this ("size", "colour") when the product has it."""
    axes = [axis for axis in about.axes if len(axis.choices) > 1]
    if kind is not None and all(axis.kind != kind for axis in axes):
        return no_choice(about, kind)
    axes = [axis for axis in axes if kind in (None, axis.kind)]
    if not axes:
        return Reply("answer.single_version", {})
    facts = leaning.options(about)
    gone = any(axis.gone for axis in axes)
    note = ("answer.gone_note", gone_fields(axes, about.language)) if gone else None
    if about.sold_out:
        return Reply("answer.gone_all", {}, leaning.available(about))
    if not about.stock_known:
        values = listed([f"{axis.label} {span(axis, axis.choices, about)}" for axis in axes], about.language)
        return Reply("answer.listed", {"values": values}, facts)
    if len(axes) == 1:
        axis = axes[0]
        label = axis.label + (
            "s" if about.language == "en" and axis.kind in ("size", "colour") and len(axis.left) > 1 else ""
        )
        return Reply("answer.sizes", {"axis": label, "values": span(axis, axis.left, about)}, facts, note)
    values = listed([span(axis, axis.left, about) for axis in axes], about.language)
    return Reply("answer.choices", {"values": values}, facts, note)


def spec(about: ProductView, told: Sequence[str]) -> Reply:
    if not told:
        return Reply("answer.unknown_spec", {}, hand_over=True)
    quoted = ("; " if about.language == "en" else "；").join(_bare(sentence) for sentence in told)
    return Reply("answer.spec", {"s": quoted}, leaning.sentences(about, told))


def about_it(about: ProductView, sentences: Sequence[str]) -> Reply:
    note: tuple[str, Mapping[str, str]] | None = ("answer.gone_too", {}) if about.sold_out else None
    if not sentences:
        return Reply("answer.about_bare", {}, leaning.name(about), note)
    first = sentences[:1]
    return Reply("answer.about", {"s": _bare(first[0])}, leaning.sentences(about, first), note)


def how_many(about: ProductView, asked: Sequence[Choice], book: Phrasebook) -> Reply:
    if about.sold_out:
        return Reply("answer.gone_all", {}, leaning.available(about))
    variants = _with(about, asked) if asked else list(about.product.variants)
    if len(variants) != 1 or not about.stock_known or variants[0].stock.quantity is None:
        return availability(about, asked, None, book)
    quantity = variants[0].stock.quantity
    if quantity <= 0:
        return availability(about, asked, None, book)
    fields = {"count": count_of(quantity, about, book), "what": about.phrase_of(variants[0])}
    slot = "answer.count" if fields["what"] else "answer.count_single"
    return Reply(slot, fields, leaning.of_variant(about, variants[0], "stock"))


def availability(about: ProductView, asked: Sequence[Choice], missing: str | None, book: Phrasebook) -> Reply:
    """Whether it can be had, in the options asked for."""
    axes = [axis for axis in about.axes if len(axis.choices) > 1]
    if missing is not None and not asked:
        return _not_offered(about, axes, missing)
    if about.sold_out:
        return Reply("answer.gone_all", {}, leaning.available(about))
    if not about.stock_known:
        if asked:
            return Reply("answer.have_listed", {"what": _names(asked, about)}, leaning.options(about))
        return Reply("answer.stock_unknown", {})
    if not asked:
        note = ("answer.gone_note", gone_fields(axes, about.language)) if any(a.gone for a in axes) else None
        if len(about.product.variants) == 1 and about.scarce:
            fields = _scarce_fields(about, about.scarce[0], book)
            return Reply(
                "answer.have_single_low", fields, leaning.of_variant(about, about.scarce[0], "stock")
            )
        return Reply("answer.have_single", {}, leaning.available(about), note)
    return _available_in(about, asked, axes, book)


def _available_in(
    about: ProductView, asked: Sequence[Choice], axes: Sequence[Axis], book: Phrasebook
) -> Reply:
    of_each_axis = len({_axis_of(about, choice).name for choice in asked}) == len(asked)
    if len(asked) > 1 and of_each_axis:  # "black in size 42": one variant is meant
        variants = _with(about, asked)
        if not variants:
            return _not_offered(about, axes, "other")
        left = [v for v in variants if not v.stock.sold_out]
        what = {"what": _names(asked, about)}
        return Reply("answer.have" if left else "answer.gone", what, leaning.available(about))
    gone = [choice for choice in asked if choice.sold_out]
    left_choices = [choice for choice in asked if not choice.sold_out]
    if not left_choices:
        axis = _axis_of(about, gone[0])
        fields = {"what": _names(gone, about), "values": span(axis, axis.left, about)}
        return Reply("answer.gone_others" if axis.left else "answer.gone", fields, leaning.available(about))
    variants = _with(about, left_choices[:1])
    facts = leaning.available(about)
    if len(asked) == 1 and len(variants) == 1 and variants[0] in about.scarce:
        scarce = _scarce_fields(about, variants[0], book)
        return Reply("answer.have_low", scarce, leaning.of_variant(about, variants[0], "stock"))
    note = None
    if gone:
        named = listed([choice.phrase for choice in gone], about.language)
        fields = {"gone": named, "Gone": capital(named), "gone_is": "is" if len(gone) == 1 else "are"}
        note = ("answer.gone_note", fields)
    return Reply("answer.have", {"what": _names(left_choices, about)}, facts, note)


def _not_offered(about: ProductView, axes: Sequence[Axis], missing: str) -> Reply:
    """What was asked is not repeated: a size that does not exist is no fact of the product."""
    english = about.language == "en"
    word = {
        "size": "that size" if english else "这个尺码",
        "colour": "that colour" if english else "这个颜色",
    }.get(missing, "that combination" if english else "这个组合")
    fitting = [axis for axis in axes if axis.kind == missing or missing == "other"]
    if not fitting:
        return no_choice(about, missing)
    values = listed([span(axis, axis.choices, about) for axis in fitting], about.language)
    return Reply("answer.not_offered", {"asked": word, "values": values}, leaning.options(about))


def no_choice(about: ProductView, kind: str) -> Reply:
    """Asked for a size or a colour of something that has none to choose."""
    nouns = {"size": ("size", "尺码"), "colour": ("colour", "颜色")}
    noun = nouns.get(kind, ("version", "款式"))[about.language == "zh"]
    return Reply("answer.no_choice", {"asked": noun}, leaning.name(about))


def span(axis: Axis, choices: Sequence[Choice], about: ProductView) -> str:
    """Options as they are spoken: "36 to 45", "36到45码", "White and Black", "size 36 to 41 and 43 to 45"."""
    runs = _runs([choice.shown for choice in choices]) if axis.kind == "size" else None
    to = "到" if about.language == "zh" else " to "
    words = [choice.shown for choice in choices] if runs is None else [_run(run, to) for run in runs]
    if about.language == "zh" and axis.kind == "size":
        words = [w if w.endswith(("码", "号")) else f"{w}码" for w in words]
    return listed(words, about.language)


def _runs(values: Sequence[str]) -> list[list[str]] | None:
    """Whole numbers cut where one is left out; None when they are not whole numbers."""
    if not all(value.isascii() and value.isdigit() for value in values):
        return None
    runs: list[list[str]] = []
    for value in values:
        if runs and int(value) == int(runs[-1][-1]) + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return [piece for run in runs for piece in ([run] if consecutive(run) else [[value] for value in run])]


def _run(run: Sequence[str], to: str) -> str:
    return run[0] if len(run) == 1 else f"{run[0]}{to}{run[-1]}"


def _scarce_fields(about: ProductView, variant: Variant, book: Phrasebook) -> Mapping[str, str]:
    quantity = variant.stock.quantity or 0
    return {
        "what": about.phrase_of(variant),
        "count": count_of(quantity, about, book),
        "are": "is" if quantity == 1 else "are",
    }


def _names(choices: Sequence[Choice], about: ProductView) -> str:
    return listed([choice.phrase for choice in choices], about.language)


def _axis_of(about: ProductView, choice: Choice) -> Axis:
    return next(axis for axis in about.axes if choice in axis.choices)


def _with(about: ProductView, choices: Sequence[Choice]) -> list[Variant]:
    """The variants that have all of these options."""
    wanted = {(_axis_of(about, choice).name, choice.value) for choice in choices}
    return [v for v in about.product.variants if wanted <= set(v.options)]


def _bare(sentence: str) -> str:
    return unbracketed(sentence).strip().rstrip(".。!！;；")
