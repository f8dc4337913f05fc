"""Tells the operator, before a show or a rehearsal, what it will leave out for want of an approval."""

from rich.console import Console
from rich.markup import escape

from bot.app import ShowBuilder, make_script_desk
from bot.clock import SystemClock
from bot.compliance.clearance import CatalogueClearance
from bot.shop import Shop
from persona.approval import sensitive


def withheld(shop: Shop, language: str) -> tuple[str, ...]:
    """Sentences for the operator: what of the rundown will not be pitched for want of an approval."""
    desk = make_script_desk(shop, CatalogueClearance(shop.catalogue))
    handles = dict.fromkeys(entry.product for entry in shop.show.rundown if entry.product)
    products = [p for handle in handles if (p := shop.catalogue.product(handle)) is not None]
    return tuple(
        f"Not pitched: {product.handle} ({sensitive(product) or 'verbatim'}, {language}). "
        f"{found.why} {found.remedy}"
        for product, found in desk.withheld(products, language, SystemClock().now())
    )


def tell_withheld(builder: ShowBuilder, console: Console) -> None:
    """Says before a show or a rehearsal which products it will leave out, and why."""
    for text in withheld(builder.shop, builder.shop.language):
        console.print(escape(text), style="yellow", soft_wrap=True)
