"""What is wrong with a file, in the reader's language. The reading tells it in English (products/intake);
what is not known here stays so.
"""

# ruff: noqa: E501  a sentence and what it means read better on one line

import re
from collections.abc import Mapping
from functools import cache

# English as it is told, {} for what differs -> Chinese, {0} {1} for the same in order.
ZH: Mapping[str, str] = {
    # rows
    "a formula, not its value": "是公式，而不是它的值",
    "Paste the column as values.": "请将该列粘贴为数值。",
    "no handle, title or SKU": "没有 handle、标题或 SKU",
    "Give each product a handle.": "请给每件商品一个 handle。",
    "no price": "没有价格",
    "longer than {} characters; it was cut": "超过 {0} 个字符，已截断",
    "Put the rest into the description.": "请把其余内容放进描述。",
    "longer than {} characters": "超过 {0} 个字符",
    "Give it a short one.": "请改用较短的。",
    "{} has {} columns.": "{0} 有 {1} 列。",
    "Keep what a catalogue needs: {} at most.": "请只保留目录需要的列，最多 {0} 列。",
    "Give the price as a number, e.g. 19.90.": "请用数字填写价格，例如 19.90。",
    "this SKU is already in row {}": "该 SKU 已在第 {0} 行出现",
    "Give each variant its own SKU.": "请给每个规格各自的 SKU。",
    "not above the price {}; it was left out": "不高于价格 {0}，已忽略",
    "Compare with a higher price, or with none.": "请填写更高的对比价，或不填。",
    "a date, not an amount: a spreadsheet made one of it": "是日期而不是金额：被电子表格自动改成了日期",
    "Make the column plain numbers there, and write the amounts anew.": "请在表格中将该列设为数字，并重新填写金额。",
    "not an amount": "不是金额",
    "Write it as a number with a point, e.g. 1299.90.": "请用带小数点的数字填写，例如 1299.90。",
    "too large to be a price": "数值过大，不像价格",
    "Check the digits.": "请检查数字。",
    "no ISO 4217 code; {} was taken": "不是 ISO 4217 货币代码，已按 {0} 处理",
    "Write USD, EUR, CNY ...": "请填写 USD、EUR、CNY 等。",
    "not a whole number": "不是整数",
    "Write how many are left, or nothing.": "请填写剩余数量，或留空。",
    "not a time with its zone; it was left out": "不是带时区的时间，已忽略",
    "Write it as 2026-11-22T18:00:00+08:00.": "请写成 2026-11-22T18:00:00+08:00。",
    "column {} has no heading (merged cells?); it was not read": "第 {0} 列没有标题（合并单元格？），未读取",
    "Give each column its own heading.": "请给每一列单独的标题。",
    "one text alone above the headings; it was passed over": "标题行上方单独的一段文字，已跳过",
    "Begin with the headings, each in its own cell.": "请从标题行开始，每个标题一格。",
    "{} cells under {} headings": "{1} 个标题下有 {0} 个单元格",
    "Put a text that holds the separator in quotes.": "含有分隔符的文字请加引号。",
    "{} cells are formulas; what they came to when the file was last saved was read": "有 {0} 个公式单元格；"
    "读取的是文件上次保存时的结果",
    "Copy such cells and paste them as values.": "请复制这些单元格并粘贴为数值。",
    "not JSON": "不是 JSON",
    "not an object": "不是对象",
    "Write one JSON object a line.": "每行写一个 JSON 对象。",
    "Write an object.": "请写成对象。",
    "a field that does not exist; it was left out": "没有这个字段，已忽略",
    "Use one of: {}.": "可用：{0}。",
    "the product has no such variant in its own language": "该商品在原语言文件中没有此规格",
    "Use the SKUs of the first file.": "请使用第一个文件中的 SKU。",
    "the price in the product's own language is {}, which stays": "原语言文件中的价格是 {0}，保持不变",
    "Prices are taken from the file in the default language.": "价格以默认语言的文件为准。",
    "this SKU belongs to {}": "该 SKU 属于 {0}",
    "Give it its own SKU.": "请给它单独的 SKU。",
    "the product stands further up already; its words were taken from there": "该商品在前面已出现，文字以前面为准",
    "Put the rows of a product together.": "请把同一商品的行放在一起。",
    "a new product without a title": "新商品没有标题",
    "Give it a title.": "请填写标题。",
    "there is no picture {}": "找不到图片 {0}",
    "Put it beside the file, or correct its name.": "请把图片放在文件旁边，或更正名称。",
    "the picture {} lies outside the folder of the file": "图片 {0} 不在文件所在的文件夹内",
    "Put it beside the file.": "请放在文件旁边。",
    # whole files
    "{} is empty.": "{0} 是空的。",
    "Export it again.": "请重新导出。",
    "{} holds no row.": "{0} 没有数据行。",
    "{} is a spreadsheet of before 2007, or one with a password.": "{0} 是 2007 年以前的格式，或设有密码。",
    "Save it as .xlsx without a password, or as CSV.": "请另存为无密码的 .xlsx，或 CSV。",
    "{}, row {}: the CSV is broken ({}).": "{0} 第 {1} 行：CSV 已损坏（{2}）。",
    "Look for a quote that is not closed, and export it again.": "请检查未闭合的引号，然后重新导出。",
    "{} is no XLSX file ({}).": "{0} 不是 XLSX 文件（{1}）。",
    "{} is no XLSX file that can be read ({}).": "{0} 不是可读取的 XLSX 文件（{1}）。",
    "{}: its first sheet is broken ({}).": "{0}：第一个工作表已损坏（{1}）。",
    "Save it again as .xlsx.": "请重新另存为 .xlsx。",
    "Save it again as .xlsx, or as CSV.": "请重新另存为 .xlsx 或 CSV。",
    "{} holds macros, which are never opened here.": "{0} 含有宏，这里从不打开宏。",
    "Save it as .xlsx or CSV.": "请另存为 .xlsx 或 CSV。",
    "{} unpacks to more than {} MiB.": "{0} 解压后超过 {1} MiB。",
    "Export it as CSV: that is read row by row.": "请导出为 CSV，它可以逐行读取。",
    "{}: {} unpacks to {} times its size, as files made to choke a reader do.": "{0}：{1} 解压后是原来的 {2} 倍，"
    "像是用来卡死程序的文件。",
    "Export it as CSV.": "请导出为 CSV。",
    "{}: the first sheet is empty.": "{0}：第一个工作表是空的。",
    "Put the products on the first sheet.": "请把商品放在第一个工作表。",
    "{} is no JSON Lines file: line 1 is not JSON ({}).": "{0} 不是 JSON Lines 文件：第 1 行不是 JSON（{1}）。",
    "{} is one JSON document of more than {} MiB.": "{0} 是超过 {1} MiB 的单个 JSON 文档。",
    "Write one product a line (JSON Lines): that is read line by line.": "请每行写一件商品（JSON Lines），逐行读取。",
    "{} is not JSON ({}).": "{0} 不是 JSON（{1}）。",
    "Export it again, or as JSON Lines.": "请重新导出，或导出为 JSON Lines。",
    "{} holds no list of products.": "{0} 中没有商品列表。",
    "{} is neither UTF-8 nor Chinese: it looks like Western text of an older Windows.": "{0} 既不是 UTF-8 "
    "也不是中文编码，像是旧版 Windows 的西文编码。",
    "Save it as CSV UTF-8: in other encodings letters like é cannot be told for sure.": "请另存为 CSV UTF-8："
    "其他编码无法可靠识别 é 等字母。",
    "{} is neither UTF-8 nor GB 18030.": "{0} 既不是 UTF-8 也不是 GB 18030。",
    "Save it as CSV UTF-8.": "请另存为 CSV UTF-8。",
    "{} is written in UTF-16.": "{0} 使用 UTF-16 编码。",
    "{} is no text file (it holds zero bytes).": "{0} 不是文本文件（含有零字节）。",
    "Save the catalogue as CSV (UTF-8), XLSX or JSON Lines.": "请将目录另存为 CSV (UTF-8)、XLSX 或 JSON Lines。",
    "{} has a line of more than {} MiB.": "{0} 有一行超过 {1} MiB。",
    "A catalogue has one row in a line: export it again.": "目录应一行一条，请重新导出。",
    "{}: two columns mean {} ({}).": "{0}：两列的含义都是 {1}（{2}）。",
    "{} is no catalogue that can be read: no column for {} among {}.": "{0} 无法作为目录读取：{2} 中没有 {1} 列。",
    "Choose below what each column is read as.": "请在下方选择每一列的含义。",
    "{} holds no product that could be read. The first fault: {}": "{0} 中没有可读取的商品。第一个问题：{1}",
    "{} holds no product that could be read.": "{0} 中没有可读取的商品。",
    "Nothing was changed.": "未作任何改动。",
    "The catalogue has changed since the file was compared with it.": "比较之后目录已有变动。",
    "Compare it again.": "请重新比较。",
    "Reading this file takes too much {}.": "读取此文件占用过多资源（{0}）。",
    "Export it as plain CSV, or in several files.": "请导出为普通 CSV，或分成几个文件。",
    "The file could not be read ({}).": "无法读取该文件（{0}）。",
    "Export it as plain CSV.": "请导出为普通 CSV。",
    "The catalogue's database refused ({}).": "目录数据库拒绝了操作（{0}）。",
    "Try again.": "请重试。",
    "The disk has no room for this file.": "磁盘空间不足，放不下此文件。",
    "Remove old recordings.": "请删除旧的录像。",
}
TOLD: Mapping[str, Mapping[str, str]] = {"zh": ZH}


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Those with the most words of their own first."""
    known = TOLD.get(language, {})
    ranked = sorted(known.items(), key=lambda item: -len(item[0].replace("{}", "")))
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.S), said)
        for english, said in ranked
        if "{}" in english
    )


def told(text: str, language: str) -> str:
    """`text` in `language` if it is known there, with or without its full stop; else as it is."""
    known = TOLD.get(language)
    if known is None or not text:
        return text
    bare = text.rstrip(".")
    for said in (text, bare, f"{bare}."):
        if said in known:
            return known[said]
    for pattern, words in _patterns(language):
        if found := pattern.fullmatch(text) or pattern.fullmatch(bare):
            return words.format(*found.groups())
    return text
