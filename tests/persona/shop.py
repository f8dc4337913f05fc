"""A small hand-made shop with the traps of the sample shop."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from persona.persona import Persona
from products.catalogue import Money, Offer, Product, ProductText, Stock, Variant

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BAD = ("cures", "Relieves", "治疗", "缓解", "best", "最好")


def sayable(product: Product, language: str) -> Sequence[str]:
    """As the real screen: what makes a health or superlative claim is left out."""
    return [s for s in product.text(language).sentences if not any(word in s for word in BAD)]


def variant(
    sku: str,
    price: str,
    compare: str | None = None,
    stock: int | None = 50,
    seen: datetime = NOW,
    **options: str,
) -> Variant:
    return Variant(
        sku=sku,
        options=tuple(options.items()),
        offer=Offer(
            price=Money(amount=Decimal(price), currency="USD"),
            compare_at=Money(amount=Decimal(compare), currency="USD") if compare else None,
            seen_at=seen,
        ),
        stock=Stock(quantity=stock, seen_at=seen),
    )


def product(
    handle: str,
    number: int,
    category: str,
    en: tuple[str, Sequence[str]],
    zh: tuple[str, Sequence[str]],
    variants: Sequence[Variant],
    zh_options: dict[str, str] | None = None,
) -> Product:
    return Product(
        handle=handle,
        number=number,
        vendor="Corner Shop",
        category=category,
        texts={
            "en": ProductText(title=en[0], sentences=tuple(en[1])),
            "zh": ProductText(title=zh[0], sentences=tuple(zh[1]), options=zh_options or {}),
        },
        default_language="en",
        variants=tuple(variants),
    )


def shop(seen: datetime = NOW) -> list[Product]:
    sizes = [
        variant(f"HS-{n}", "59.00", "75.00", {42: 0, 45: 3}.get(n, 50), seen, Size=str(n))
        for n in range(36, 46)
    ]
    return [
        product(
            "harbor-sneakers",
            1,
            "Shoes",
            (
                "Harbor Canvas Sneakers",
                [
                    "Cotton canvas upper, natural rubber sole, a toe cap that forgives puddles.",
                    "310 g a shoe in size 40.",
                    "Sizes 36 to 45",
                    "Machine washable at 30 °C",
                    "Made in Portugal",
                ],
            ),
            (
                "海港帆布鞋",
                [
                    "棉帆布鞋面，天然橡胶底，鞋头耐脏。",
                    "40码单只重310克。",
                    "36码到45码",
                    "可30℃机洗",
                    "葡萄牙制造",
                ],
            ),
            sizes,
            {"Size": "尺码"},
        ),
        product(
            "dawn-mug",
            2,
            "Kitchen",
            (
                "Dawn Stoneware Mug",
                [
                    "Hand-glazed stoneware, 350 ml.",
                    "Dishwasher safe, microwave safe.",
                    "Keeps your coffee company, not hot for ever.",
                ],
            ),
            ("晨光粗陶杯", ["手工上釉粗陶，350毫升。", "可进洗碗机，可进微波炉。"]),
            [
                variant("DM-SAND", "18.50", None, 120, seen, Colour="Sand"),
                variant("DM-TEAL", "18.50", None, 64, seen, Colour="Teal"),
            ],
            {"Colour": "颜色", "Sand": "沙色", "Teal": "青色"},
        ),
        product(
            "fjord-bottle",
            3,
            "Outdoor",
            (
                "Fjord Steel Bottle",
                [
                    "Double-walled 18/8 steel, 750 ml.",
                    "Keeps drinks hot for 12 hours and cold for 24 (our own test at 20 °C).",
                ],
            ),
            ("峡湾不锈钢保温瓶", ["双层18/8不锈钢，750毫升。", "保温12小时，保冷24小时（20℃自测）。"]),
            [
                variant("FB-STEEL", "29.90", "36.00", 210, seen, Colour="Steel"),
                variant("FB-NIGHT", "29.90", "36.00", 0, seen, Colour="Night"),
            ],
            {"Colour": "颜色", "Steel": "钢色", "Night": "夜色"},
        ),
        product(
            "lumen-lamp",
            5,
            "Home",
            (
                "Lumen Desk Lamp",
                [
                    "600 lumens, three brightness steps, warm to neutral white (2,700 to 4,000 K), "
                    "USB-C, 1.2 kg.",
                    "Two-year guarantee.",
                ],
            ),
            ("流明台灯", ["600流明，三档亮度，2700至4000K，USB-C供电，1.2公斤。", "两年保修。"]),
            [variant("LL-1", "64.00", None, 38, seen, Title="Default Title")],
        ),
        product(
            "pebble-earbuds",
            6,
            "Electronics",
            (
                "Pebble Wireless Earbuds",
                ["Bluetooth 5.3, 6 hours a charge and 24 more in the case, IPX4 against rain and sweat."],
            ),
            ("鹅卵石无线耳机", ["蓝牙5.3，单次6小时，配充电盒再用24小时，IPX4防水防汗。"]),
            [
                variant("PE-WHITE", "79.00", "99.00", 150, seen, Colour="White"),
                variant("PE-BLACK", "79.00", "99.00", 12, seen, Colour="Black"),
            ],
            {"Colour": "颜色", "White": "白色", "Black": "黑色"},
        ),
        product(
            "cloud-pillow",
            8,
            "Home",
            (
                "Cloud Memory Pillow",
                ["Memory foam, 60 x 40 x 11 cm, washable cover.", "Relieves neck pain and cures insomnia!"],
            ),
            ("云朵记忆棉枕", ["记忆棉，60×40×11厘米，枕套可洗。", "缓解颈椎疼痛，治疗失眠！"]),
            [variant("CP-1", "45.00", None, 90, seen)],
        ),
        product(
            "orchard-tea",
            9,
            "Food",
            (
                "Orchard Oolong Tea",
                [
                    "100 g of whole-leaf oolong from one orchard, spring harvest 2026.",
                    "The best tea in the whole world.",
                ],
            ),
            ("果园乌龙茶", ["100克单一茶园整叶乌龙，2026年春茶。", "全世界最好的茶。"]),
            [variant("OT-1", "22.00", None, 75, seen)],
        ),
        product(
            "drift-blanket",
            10,
            "Home",
            ("Drift Wool Blanket", ["Merino wool, 130 x 180 cm, 1.1 kg."]),
            ("漂流羊毛毯", ["美利奴羊毛，130×180厘米，1.1公斤。"]),
            [variant("DB-1", "89.00", None, 0, seen)],
        ),
        product(
            "atlas-backpack",
            11,
            "Bags",
            (
                "Atlas Backpack 22 L",
                ["22 litres, waxed canvas, sleeve for a 15-inch laptop, 980 g.", "Lifetime repair."],
            ),
            ("阿特拉斯双肩包 22升", ["22升，油蜡帆布，可放15英寸电脑，980克。", "终身维修。"]),
            [
                variant("AB-TAN", "96.00", "120.00", 44, seen, Colour="Tan"),
                variant("AB-OLIVE", "96.00", "120.00", 2, seen, Colour="Olive"),
            ],
            {"Colour": "颜色", "Tan": "棕色", "Olive": "橄榄绿"},
        ),
        product(
            "maple-board",
            12,
            "Kitchen",
            ("Maple Cutting Board", []),
            ("枫木砧板", []),
            [variant("MB-1", "38.00", None, 60, seen)],
        ),
    ]


def host(greeting: str = "warm") -> Persona:
    return Persona.model_validate(
        {
            "id": "mei",
            "name": {"en": "Mei", "zh": "小美"},
            "shop": {"en": "Corner Shop", "zh": "街角小店"},
            "greeting": greeting,
            "languages": ["en", "zh"],
            "voice": {
                "en": {"engine": "kokoro", "voice": "af_heart"},
                "zh": {"engine": "kokoro", "voice": "zf_xiaoxiao"},
            },
            "look": "mei",
        }
    )
