"""Which column of a file means what: Shopify's product CSV, common headings in English and Chinese, or a
given mapping.
"""

from collections.abc import Mapping, Sequence

from products.errors import ContentError

FIELDS = (
    "handle title body vendor category tags published status sku grams tracker quantity policy "
    "price compare_at currency valid_from valid_to picture url "
    "option1_name option1_value option2_name option2_value option3_name option3_value"
).split()

_SHOPIFY = {
    "handle": "handle",
    "title": "title",
    "body (html)": "body",
    "vendor": "vendor",
    "product category": "category",
    "type": "type",
    "tags": "tags",
    "published": "published",
    "status": "status",
    "variant sku": "sku",
    "variant grams": "grams",
    "variant inventory tracker": "tracker",
    "variant inventory qty": "quantity",
    "variant inventory policy": "policy",
    "variant price": "price",
    "variant compare at price": "compare_at",
    "image src": "picture",
} | {f"option{i} {part}": f"option{i}_{part}" for i in (1, 2, 3) for part in ("name", "value")}

_COMMON = {
    "handle": "handle id slug product_id 商品编号 商品id",
    "title": "title name product product_name product_title 标题 名称 商品名称 商品标题 品名",
    "body": "body description desc details body_html 描述 商品描述 介绍 详情 卖点",
    "vendor": "vendor brand manufacturer 品牌 供应商",
    "category": "category type product_type 类目 分类 品类",
    "tags": "tags keywords 标签",
    "sku": "sku variant_sku item_number 货号 规格编码 商家编码",
    "grams": "grams weight_g 重量克",
    "quantity": "quantity qty stock inventory on_hand 库存 数量 库存数量",
    "price": "price sale_price unit_price 价格 售价 单价 现价",
    "compare_at": "compare_at compare_at_price list_price msrp rrp original_price 原价 划线价 市场价",
    "currency": "currency 币种 货币",
    "picture": "picture image image_url image_src photo 图片 主图 图片链接",
    "url": "url link product_url 链接 商品链接",
    "status": "status 状态",
    "valid_from": "valid_from sale_start 开始时间",
    "valid_to": "valid_to sale_end 结束时间",
    "option1_name": "option1_name",
    "option1_value": "option1_value",
    "option2_name": "option2_name",
    "option2_value": "option2_value",
    "option3_name": "option3_name",
    "option3_value": "option3_value",
    "policy": "policy",
    "tracker": "tracker",
    "published": "published",
}
_ALIASES = {alias: field for field, names in _COMMON.items() for alias in names.split()}
# A column that is itself an option: its heading is the option's name.
OPTION_COLUMNS = (
    "size",
    "colour",
    "color",
    "material",
    "flavour",
    "flavor",
    "style",
    "尺码",
    "尺寸",
    "颜色",
    "规格",
    "口味",
    "款式",
)


OPTION_VALUES = {f"option{i}_value": i for i in (1, 2, 3)}


def _key(heading: str) -> str:
    return heading.strip().lstrip("\ufeff").lower()


def is_shopify(headings: Sequence[str]) -> bool:
    keys = {_key(h) for h in headings}
    return "handle" in keys and ("variant price" in keys or "variant sku" in keys)


def columns(
    file: str, headings: Sequence[str], mapping: Mapping[str, str], *, whole: bool = True
) -> dict[int, str]:
    """Field by column index. `mapping`: field -> heading, as the merch team gave it; it wins over what is
    guessed, and "" means that no column is read as this field. `whole`: title and price must be there.

    Raises ContentError when a mapped heading or field does not exist, a heading is there twice, or no title
    or price column can be found: then the file is no catalogue.
    """
    keys = [_key(h) for h in headings]
    wanted: dict[str, str] = {}
    for name, heading in mapping.items():
        if name not in FIELDS:
            raise ContentError(
                f"{file}: --map names the field {name!r}, which does not exist.",
                remedy=f"Use one of: {', '.join(FIELDS)}.",
            )
        if not heading:
            continue
        if _key(heading) not in keys:
            raise ContentError(
                f"{file}: --map {name}={heading}: the file has no column {heading!r}.",
                remedy=f"Its columns are: {_listed(headings)}.",
            )
        wanted[_key(heading)] = name
    known = _SHOPIFY if is_shopify(headings) else _ALIASES
    found: dict[int, str] = {}
    options = 0
    for index, key in enumerate(keys):
        field: str | None = wanted.get(key) or known.get(key) or known.get(key.replace(" ", "_"))
        if field is None and key in OPTION_COLUMNS and options < 3:
            options += 1
            field = f"option{options}_value"
            found[-options] = headings[index].strip()
        elif key in wanted and field in OPTION_VALUES and key not in known:
            found[-OPTION_VALUES[field]] = headings[index].strip()
        if field is None or (field in mapping and key not in wanted):
            continue
        if field in found.values() and field != "type":
            if key in wanted or field in ("handle", "title", "price", "sku"):
                raise ContentError(
                    f"{file}: two columns mean {field!r} ({_listed(headings)}).",
                    remedy=f"Say which one: --map {field}=HEADING.",
                )
            continue
        found[index] = field
    for place in (1, 2, 3):  # a column of its own tells what the option is called
        if f"option{place}_name" in (field for index, field in found.items() if index >= 0):
            found.pop(-place, None)
    if whole:
        _require(file, headings, set(found.values()))
    return found


def _require(file: str, headings: Sequence[str], fields: set[str]) -> None:
    missing = [f for f in ("title", "price") if f not in fields]
    if missing:
        raise ContentError(
            f"{file} is no catalogue that can be read: "
            f"no column for {' and '.join(missing)} among {_listed(headings)}.",
            remedy="Give a Shopify product CSV, or name the columns: --map title=Name --map price=Cost.",
        )


def _listed(headings: Sequence[str]) -> str:
    shown = [repr(h[:40]) for h in headings[:12]]
    return ", ".join(shown) + (f" and {len(headings) - 12} more" if len(headings) > 12 else "") or "nothing"
