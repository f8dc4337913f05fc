"""Which Facts a sentence leans on, by the ids that products/facts.py gives them."""

from collections.abc import Sequence

from persona.product_view import ProductView
from products.catalogue import Variant


def name(view: ProductView) -> tuple[str, ...]:
    language = view.language if view.language in view.product.texts else view.product.default_language
    return (f"{view.product.handle}/name/{language}",)


def prices(view: ProductView) -> tuple[str, ...]:
    """The price or the ends of its range, and the compare-at price and saving where they are said."""
    kinds = ["price", *(["compare_at", "saving"] if view.compare_at is not None else [])]
    handle, variants = view.product.handle, view.product.variants
    alike = len({(v.offer.price.amount, v.offer.compare_at) for v in variants}) == 1
    if alike:
        return tuple(f"{handle}/{kind}" for kind in kinds)
    return tuple(i for v in variants if not v.stock.sold_out for i in of_variant(view, v, *kinds))


def options(view: ProductView) -> tuple[str, ...]:
    """Every option that exists, in the view's language, and whether it can be had."""
    default = view.language == view.product.default_language
    texts = view.product.text(view.language).options
    ids = [
        f"{view.product.handle}/option/{axis.name}/{choice.value}"
        + ("" if default or choice.value not in texts else f"/{view.language}")
        for axis in view.axes
        for choice in axis.choices
    ]
    return (*ids, *(available(view) if view.stock_known else ()))


def available(view: ProductView) -> tuple[str, ...]:
    handle = view.product.handle
    return (
        f"{handle}/available",
        *(f"{handle}/available/{axis.name}/{choice.value}" for axis in view.axes for choice in axis.choices),
    )


def sentences(view: ProductView, said: Sequence[str]) -> tuple[str, ...]:
    """The page's own sentences."""
    language = view.language if view.language in view.product.texts else view.product.default_language
    page = list(view.product.text(view.language).sentences)
    return tuple(f"{view.product.handle}/text/{language}/{page.index(s)}" for s in said if s in page)


def of_variant(view: ProductView, variant: Variant, *kinds: str) -> tuple[str, ...]:
    return tuple(f"{view.product.handle}/{variant.sku}/{kind}" for kind in kinds)
