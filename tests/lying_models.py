"""Language models that lie: OpenAI-compatible servers whose answers must never reach the air unproved.

Obedient   does what every message of the chat asks, gives away its prompt, lies of price, stock and health
Subtle     tells the truth until it matters: roundings, wrong roles, the right number at the wrong product,
           false scarcity, superlatives, number words, changed measures; every lie names real facts
Chaos      late, 429, 500, broken JSON, an endless stream, the wrong language, nothing at all, far too much

    with serving(Subtle(seed=7)) as model:
        settings = read_settings(llm_url=model.url, llm_model="liar", ...)
        ...
        model.asked                       # how often, by kind of question

The same requests in the same order get the same words. Streamed and plain answers are served.
"""

import contextlib
import json
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

WORDS = "zero one two three four five six seven eight nine ten eleven twelve thirteen".split()
WORDS += "fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "x x twenty thirty forty fifty sixty seventy eighty ninety".split()
OTHER_PRICES = ("59", "18.5", "29.9", "34", "64", "79", "16", "45", "22", "96", "38")
SIGNS = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f]")


@dataclass(frozen=True)
class Asked:
    """What a request asks for, as far as a liar needs it."""

    system: str
    user: str
    data: Mapping[str, Any]
    count: int

    @property
    def chinese(self) -> bool:
        return "Mandarin" in self.system or bool(re.search("语言|[\u4e00-\u9fff]{8}", self.system))

    @property
    def question(self) -> str:
        asked = self.data.get("question")
        return str(asked.get("text", "")) if isinstance(asked, dict) else ""

    @property
    def viewer(self) -> str:
        asked = self.data.get("question")
        return str(asked.get("viewer", "")) if isinstance(asked, dict) else ""

    @property
    def products(self) -> Sequence[Mapping[str, Any]]:
        found = self.data.get("products")
        return [p for p in found if isinstance(p, dict)] if isinstance(found, list) else []

    @property
    def facts(self) -> Sequence[Mapping[str, Any]]:
        found = self.data.get("facts")
        return [f for f in found if isinstance(f, dict)] if isinstance(found, list) else []

    def value(self, kind: str, handle: str) -> str:
        of = [f for f in self.facts if f.get("kind") == kind and str(f.get("id", "")).startswith(handle)]
        return str(of[0].get("value", "")) if of else ""

    def ids(self, handle: str, most: int = 3) -> list[str]:
        return [str(f["id"]) for f in self.facts if str(f.get("id", "")).startswith(handle)][:most]


class Mind(Protocol):
    """Writes the text of an answer."""

    def answer(self, asked: Asked) -> str: ...


def lines(asked: Asked, texts: Sequence[str], handle: str | None) -> str:
    """The structured answer that was asked for, naming real facts for whatever is said."""
    ids = asked.ids(handle or "") if handle else []
    said = [{"text": t, "facts": ids, "product": handle} for t in texts]
    return json.dumps({"lines": said}, ensure_ascii=False)


def in_words(amount: str) -> str:
    """19.99 -> nineteen ninety-nine."""
    whole, _, cents = amount.partition(".")
    return " ".join(
        filter(None, (_below_hundred(int(whole) % 100), cents and _below_hundred(int(cents.ljust(2, "0")))))
    )


def _below_hundred(n: int) -> str:
    return WORDS[n] if n < 20 else TENS[n // 10] + (f"-{WORDS[n % 10]}" if n % 10 else "")


def in_chinese(n: int) -> str:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(n % 100, 10)
    return ("" if tens == 0 else "十" if tens == 1 else digits[tens] + "十") + (
        digits[ones] if ones or not tens else ""
    )


@dataclass
class Obedient:
    """Obeys the chat and lies at the top of its voice."""

    seed: int = 1

    def answer(self, asked: Asked) -> str:
        luck = random.Random(self.seed * 1009 + asked.count)
        handle = str(asked.products[0].get("handle", "")) if asked.products else None
        name = (
            str(asked.products[0].get("name", "it"))
            if asked.products
            else ("商品" if asked.chinese else "it")
        )
        if asked.question:
            return lines(asked, [luck.choice(self._obey(asked, name))], handle)
        pool = self._lies_zh(name, luck) if asked.chinese else self._lies_en(name, luck)
        return lines(asked, luck.sample(pool, 4), handle)

    def _obey(self, asked: Asked, name: str) -> list[str]:
        """What the message wants, in several ways of giving in."""
        plain = SIGNS.sub("", asked.question)
        quoted = re.search("[\"'“”「]([^\"'“”」]{3,})", plain)
        wanted = (
            quoted[1]
            if quoted
            else re.split(r"(?i)\b(?:say|repeat|announce|that|念|说)\b[: ]*|[:：]", plain)[-1].strip()
        )
        rules = asked.system[:160]
        if asked.chinese:
            return [
                wanted or plain,
                f"{asked.viewer}，{wanted}",
                f"好的，{plain}",
                f"我的提示词是：{rules}",
                f"{name}免费送给你，优惠码是一二三。",
            ]
        return [
            wanted or plain,
            f"{asked.viewer}, {wanted}",
            f"Sure, {plain}",
            f"My instructions are: {rules}",
            f"Yes, {name} is free, the code is FREE100.",
        ]

    def _lies_en(self, name: str, luck: random.Random) -> list[str]:
        n = luck.randint(3, 95)
        return [
            f"{name} costs only ${n}.99 tonight.",
            f"It is just {in_words(str(n))} dollars, half of what others ask.",
            f"Only {luck.randint(2, 9)} of the {name} left, hurry before midnight!",
            f"{name} cures insomnia and takes {luck.randint(5, 30)} years off your face.",
            f"It is the best {name} in the whole world, guaranteed.",
            f"{luck.randint(2, 40)},000 customers gave it five stars last week.",
            "I use it every single day and I never get tired of it.",
            "Free shipping today, and it is at your door tomorrow.",
            f"Save {luck.randint(30, 90)} percent, that is the lowest price anywhere.",
            "I am a real person sitting here in the studio with you.",
            "Doctors recommend it, and it is completely safe for babies.",
            f"Buy one get one free on {name}, with code LIVE{n}.",
        ]

    def _lies_zh(self, name: str, luck: random.Random) -> list[str]:
        n = luck.randint(3, 95)
        return [
            f"{name}今晚只要{in_chinese(n)}块九。",
            f"{name}只要{n}.9美元，比别家便宜一半。",
            f"最后{in_chinese(luck.randint(2, 9))}件，今晚十二点截止！",
            f"{name}能治疗失眠，还能美容养颜。",
            f"这是全世界最好的{name}，没有之一。",
            f"已经卖出{luck.randint(2, 40)}万件，好评率百分之九十九。",
            "我自己天天用，亲测有效。",
            "全国包邮，明天就到。",
            f"今天{in_chinese(luck.randint(2, 8))}折，全网最低价。",
            "我是真人主播，就坐在这里。",
            "医生都推荐，宝宝用也安全。",
            f"{name}买一送一，报暗号再减{n}美元。",
        ]


@dataclass
class Subtle:
    """Mostly right. `honest`: share of answers without a lie, so that some of its words do air."""

    seed: int = 2
    honest: float = 0.3

    def answer(self, asked: Asked) -> str:
        luck = random.Random(self.seed * 7919 + asked.count)
        if not asked.products:
            return lines(asked, [luck.choice(self._chat(asked.chinese, luck))], None)
        product = asked.products[0]
        handle, name = str(product.get("handle", "")), str(product.get("name", "it"))
        true = self._true(asked, handle, name, product)
        lies = self._lies(asked, handle, name, product, luck)
        many = 1 if asked.question else 4
        said = luck.sample(true, min(many, len(true))) if true else []
        if luck.random() >= self.honest and lies:
            said[luck.randrange(len(said) or 1) : len(said) or 1] = [luck.choice(lies)]
        if asked.question and asked.viewer:
            said = [f"{asked.viewer}{'，' if asked.chinese else ', '}{t}" for t in said]
        return lines(asked, said, handle)

    def _chat(self, chinese: bool, luck: random.Random) -> list[str]:
        if chinese:
            return [
                "大家晚上好，欢迎来到小店。",
                "有问题直接打在公屏上。",
                "我自己最近也在用店里的东西，真的离不开。",
                "我们店是全网第一。",
                "今晚十二点全部恢复原价。",
                f"已经有{luck.randint(3, 99)}万人看过了。",
            ]
        return [
            "Good evening, and welcome in.",
            "Ask me anything, the chat is open.",
            "Between us, I slept badly, but this tea saved my morning.",
            "Nobody has lower prices than we do.",
            "Everything goes back to full price at midnight.",
            f"{luck.randint(3, 99)} thousand people cannot be wrong about this shop.",
        ]

    def _true(self, asked: Asked, handle: str, name: str, product: Mapping[str, Any]) -> list[str]:
        price, old = asked.value("price", handle), asked.value("compare_at", handle)
        page = [str(s) for s in product.get("page", []) if isinstance(s, str)]
        if asked.chinese:
            said = [f"来看{name}。", *page[:4], f"{name}在下面的卡片里。"]
            said += [f"现价{_trim(price)}美元。"] * bool(price)
            return said + [f"原价{_trim(old)}美元，现价{_trim(price)}美元。"] * bool(old and price)
        said = [f"Let us look at the {name}.", *page[:4], f"You find the {name} on the card below."]
        said += [f"It costs ${_money(price)}."] * bool(price)
        return said + [f"It was ${_money(old)}, now it is ${_money(price)}."] * bool(old and price)

    def _lies(
        self, asked: Asked, handle: str, name: str, product: Mapping[str, Any], luck: random.Random
    ) -> list[str]:
        price, old = asked.value("price", handle), asked.value("compare_at", handle)
        page = [str(s) for s in product.get("page", []) if isinstance(s, str)]
        wrong = luck.choice([p for p in OTHER_PRICES if p != _trim(price)])
        bent = [_bend(s, luck) for s in page if re.search(r"\d", s)]
        number = float(price or "20")
        few = luck.randint(2, 5)
        if asked.chinese:
            said = [
                f"{name}大概{int(number // 10) * 10}美元的样子。",
                f"{name}只要{_trim(wrong)}美元。",
                f"{name}到手{in_chinese(int(number) % 10 or 9)}块九。",
                f"{name}就剩{in_chinese(few)}件了。",
                f"不到{int(number) - 2}美元就能带走。",
                f"{name}立省{_trim(price)}美元。",
                f"算下来{in_chinese(luck.randint(3, 7))}折。",
                f"{name}是同类里最舒服的。",
                f"现价{_trim(price)}美元，今晚之后就没有这个价了。",
                f"用过{name}的人都回来再买。",
                f"{_trim(price)}元就能拿下{name}。",
                f"{name}下周补货，现在先拍。",
                f"这款比大牌的还好用。{page[0] if page else ''}",
                f"两件一起{in_chinese(int(number * 2) % 100 - 3)}美元。",
            ]
            said += [
                f"原价{_trim(price)}美元，现价{_trim(str(number * 0.8))}美元。",
                f"原价{round(number * 1.6)}美元，现价{_trim(price)}美元。",
            ]
            said += [f"比原价少了{round((float(old or number) - number) * 1.5)}美元。"] * bool(old and price)
            return said + bent
        said = [
            f"The {name} is around {int(number // 10) * 10} dollars.",
            f"The {name}, {in_words(wrong)} dollars.",
            f"It is nineteen ninety-nine, the {name}.",
            f"There are {WORDS[few]} of the {name} left.",
            f"You pay less than ${int(number) - 2}.",
            f"You save ${_money(price)} on it.",
            f"That makes it {luck.randint(24, 60)} percent off.",
            f"You will not find a nicer {name}.",
            f"It costs ${_money(price)}, and after tonight it will not.",
            f"People who bought the {name} come back for a second one.",
            f"It is {_trim(price)} euros.",
            f"Not many of these left, and the {name} will not be made again.",
            f"It outlasts the famous brands. {page[0] if page else ''}",
            f"Two of them are {round(number * 2) - 4} dollars together.",
            f"I keep coming back to the {name} myself.",
            "Every size and every colour is in stock.",
        ]
        said += [
            f"It was ${_money(price)} and is ${_money(str(round(number * 0.8, 2)))} now.",
            f"It was ${round(number * 1.6)}, now it is ${_money(price)}.",
        ]
        said += [f"That is ${round((float(old or number) - number) * 1.5)} below the old price."] * bool(old)
        return said + bent


def _trim(amount: str) -> str:
    return amount.rstrip("0").rstrip(".") if "." in amount else amount


def _money(amount: str) -> str:
    short = _trim(amount)
    return short if "." not in short else f"{float(short):.2f}"


def _bend(sentence: str, luck: random.Random) -> str:
    """The sentence with one of its numbers changed a little."""
    found = list(re.finditer(r"\d+(?:\.\d+)?", sentence))
    m = luck.choice(found)
    value = float(m.group())
    other = value + luck.choice((1, 2, 5, 10)) if value < 100 else value * luck.choice((0.9, 1.1, 1.5, 2))
    return f"{sentence[: m.start()]}{other:g}{sentence[m.end() :]}"


@dataclass
class Chaos:
    """Each answer is another disaster, in turn. `patience_s`: how long it keeps a caller waiting."""

    patience_s: float = 30.0
    kinds: Sequence[str] = (
        "late",
        "429",
        "500",
        "broken",
        "endless",
        "tongue",
        "empty",
        "huge",
        "html",
        "cut",
        "nulls",
    )
    met: Counter[str] = field(default_factory=Counter)

    def next_kind(self, count: int) -> str:
        kind = self.kinds[count % len(self.kinds)]
        self.met[kind] += 1
        return kind


@dataclass
class Served:
    """A running model. `url`: for llm_url. `asked`: requests so far, `spoken`: its answers, newest last."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)


@contextlib.contextmanager
def serving(mind: Mind | Chaos) -> Iterator[Served]:
    """The model on a port of 127.0.0.1, in a thread of its own, until the block ends."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = int(s.getsockname()[1])
    served = Served(f"http://127.0.0.1:{port}/v1")
    server = uvicorn.Server(
        uvicorn.Config(
            application(mind, served),
            host="127.0.0.1",
            port=port,
            log_level="error",
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started and time.monotonic() < end:
        time.sleep(0.02)
    assert server.started, "the model did not start"
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join(5)


def application(mind: Mind | Chaos, served: Served) -> FastAPI:
    app = FastAPI()

    @app.get("/v1/models")
    async def models() -> Any:
        return {"object": "list", "data": [{"id": "liar", "object": "model"}]}

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        body = await request.json()
        asked = read_request(body, len(served.asked))
        served.asked.append(asked)
        stream = bool(body.get("stream"))
        if isinstance(mind, Chaos):
            return await chaotic(mind, asked, stream, served)
        text = mind.answer(asked)
        served.spoken.append(text)
        return answer(text, stream)

    return app


def read_request(body: Mapping[str, Any], count: int) -> Asked:
    messages = body.get("messages") or []
    system = "\n".join(str(m.get("content")) for m in messages if m.get("role") == "system")
    user = "\n".join(str(m.get("content")) for m in messages if m.get("role") != "system")
    found = re.search(r"<data>\s*(\{.*\})\s*</data>", user, re.DOTALL) or re.search(
        r"(\{.*\})", user, re.DOTALL
    )
    data: Any = {}
    if found:
        with contextlib.suppress(json.JSONDecodeError):
            data = json.loads(found[1], strict=False)
    return Asked(system, user, data if isinstance(data, dict) else {}, count)


def answer(text: str, stream: bool) -> Response:
    if stream:
        return StreamingResponse(pieces(text), media_type="text/event-stream")
    usage = {"prompt_tokens": 400, "completion_tokens": len(text) // 3, "total_tokens": 400 + len(text) // 3}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return JSONResponse(
        {
            "id": "c",
            "object": "chat.completion",
            "created": 0,
            "model": "liar",
            "choices": [choice],
            "usage": usage,
        }
    )


def chunk(text: str | None, finish: str | None = None) -> str:
    delta = {"content": text} if text is not None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "liar", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n"


async def pieces(text: str) -> AsyncIterator[str]:
    for at in range(0, len(text), 40):
        yield chunk(text[at : at + 40])
    yield chunk(None, "stop")
    yield "data: [DONE]\n\n"


async def endless(stream: bool, patience_s: float) -> AsyncIterator[str]:
    """Words without end (until the caller leaves or patience runs out)."""
    began = time.monotonic()
    if not stream:
        yield '{"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": {"content": "'
    while time.monotonic() - began < patience_s:
        yield chunk("and so on ") if stream else "and so on "
        await anyio.sleep(0.01)


async def chaotic(mind: Chaos, asked: Asked, stream: bool, served: Served) -> Response:
    kind = mind.next_kind(asked.count)
    served.spoken.append(kind)
    wrong = (
        "Bonjour à tous, voici une très belle lampe pour la maison."
        if not asked.chinese
        else "Good evening, this is a very fine lamp."
    )
    text: Mapping[str, Callable[[], str]] = {
        "broken": lambda: '{"lines": [{"text": "The lamp is $1", "facts": [',
        "tongue": lambda: lines(asked, [wrong] * 3, None),
        "empty": lambda: "",
        "huge": lambda: lines(asked, ["It is free. " * 40] * 400, None),
        "nulls": lambda: '{"lines": null, "facts": {"a": [1, 2, {"b": null}]}}',
    }
    if kind in text:
        return answer(text[kind](), stream)
    if kind == "late":
        await anyio.sleep(mind.patience_s)
        return answer("{}", stream)
    if kind == "429":
        return JSONResponse(
            {"error": {"message": "slow down", "type": "rate_limit"}}, 429, {"retry-after": "1"}
        )
    if kind == "500":
        return JSONResponse({"error": {"message": "broken"}}, 500)
    if kind == "endless":
        return StreamingResponse(
            endless(stream, mind.patience_s), media_type="text/event-stream" if stream else "application/json"
        )
    if kind == "html":
        return PlainTextResponse("<html><body>It works!</body></html>", media_type="text/html")
    return PlainTextResponse('{"id": "c", "choices": [{"ind', media_type="application/json")  # cut


def kinds(asked: Sequence[Asked]) -> Counter[str]:
    """How often it was asked for what."""
    return Counter("answer" if a.question else "product" if a.products else "talk" for a in asked)
