"""Which Facts a sentence leans on, by the ids that the catalogue gives them."""

from persona.product_view import ProductView
from products.catalogue import Variant


def name(view: ProductView) -> tuple[str, ...]:
    return (f"{view.product.handle}/name/{view.language}",)


def of_variants(view: ProductView, *kinds: str) -> tuple[str, ...]:
    """The facts of `kinds` ("price", "compare_at", "stock" ...) of all variants."""
    return tuple(i for v in view.product.variants for i in of_variant(view, v, *kinds))


def of_variant(view: ProductView, variant: Variant, *kinds: str) -> tuple[str, ...]:
    return tuple(f"{view.product.handle}/{variant.sku}/{kind}" for kind in kinds)
