"""What stands on the picture: turns the show's state into overlays, off the air's thread, and swaps the
scene.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from bot.show.director import Sent
from bot.show.messages import Card
from bot.show.studio import ClauseReady
from bot.stage.air import AirLoop, Captions
from bot.stage.compositor import Slate
from bot.stage.layout import Layout
from bot.stage.overlays import render_card, render_notice, render_question
from bot.stage.picture import Overlay
from persona.clone.base import Rect

MAX_CAPTIONS = 12  # clauses whose captions are kept
MAX_CHANGES = 200

MakeCaptions = Callable[[Sent, ClauseReady, Card | None], Captions]
MakeSlate = Callable[[str, str], Slate]


class Scenery:
    """One show's overlays. Changes are queued by plain calls and carried out in order by `run` (or `settle`).

    Rendering takes milliseconds and goes to a worker thread; the finished scene is swapped in whole. What
    cannot be drawn is left out and counted in `failures` (`trouble`: the last reason), but for a slate: a
    show that cannot be covered must end.
    """

    def __init__(
        self,
        air: AirLoop,
        plan: Layout,
        language: str,
        pictures: Callable[[str], Path | None],
        make_captions: MakeCaptions,
        make_slate: MakeSlate,
    ) -> None:
        self._air, self._plan, self._language = air, plan, language
        self._pictures, self._captions, self._slate = pictures, make_captions, make_slate
        self._changes: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(maxsize=MAX_CHANGES)
        self._layers: dict[str, Overlay] = {}
        self.card: Card | None = None
        self.failures = 0
        self.trouble = ""

    # ---- what to show (each returns at once)

    def label(self, overlay: Overlay | None) -> None:
        """The AI label; at once, since it comes first and leaves last."""
        self._air.scene = replace(self._air.scene, label=overlay)

    def live(self, place: Rect | None, *, host: bool, away: Slate | None = None) -> None:
        """Where a person's camera stands, and whether the synthetic host is on the air beside it; at once."""
        self._air.scene = replace(self._air.scene, live=place, host=host, away=away)

    def show_card(self, card: Card | None) -> None:
        if card == self.card:
            return
        self.card = card
        if card is None:
            self._change(self._lay, "card", None)
            return
        picture = self._pictures(card.picture) if card.picture else None
        self._change(self._lay, "card", lambda: render_card(card, picture, self._language, self._plan))

    def show_question(self, viewer: str, text: str, language: str) -> None:
        self._change(self._lay, "question", lambda: render_question(viewer, text, language, self._plan))

    def hide_question(self) -> None:
        self._change(self._lay, "question", None)

    def show_notice(self, text: str) -> None:
        self._change(self._lay, "notice", (lambda: render_notice(text, self._plan)) if text else None)

    def caption(self, sent: Sent, clause: ClauseReady) -> None:
        self._change(self._add_captions, sent, clause)

    def hold(self, kind: str, words: str) -> None:
        """Shows a slate of `kind` (hold, starting, ending) with `words`."""
        self._change(self._show_slate, kind, words)

    def clear_hold(self) -> None:
        self._change(self._hide_slate)

    # ---- carrying it out

    async def run(self) -> None:
        while True:
            change = await self._changes.get()
            await change()

    async def settle(self) -> None:
        """Carries out all that is queued (a rehearsal does this before each tick)."""
        while not self._changes.empty():
            await self._changes.get_nowait()()

    def _change(self, do: Callable[..., Awaitable[None]], *args: object) -> None:
        if self._changes.full():
            self._changes.get_nowait()  # cannot happen at the pace of speech; the newest state matters
        self._changes.put_nowait(lambda: do(*args))

    async def _lay(self, name: str, render: Callable[[], Overlay] | None) -> None:
        self._layers.pop(name, None)
        if render is not None:
            try:
                self._layers[name] = await asyncio.to_thread(render)
            except Exception as error:  # noqa: BLE001  a shop's picture or a viewer's words
                self._failed(name, error)
        order = [self._layers[k] for k in ("card", "notice", "question") if k in self._layers]
        self._air.scene = replace(self._air.scene, overlays=tuple(order))

    async def _add_captions(self, sent: Sent, clause: ClauseReady) -> None:
        try:
            made = await asyncio.to_thread(self._captions, sent, clause, self.card)
        except Exception as error:  # noqa: BLE001  words that break the drawing
            self._failed("captions", error)
            return
        kept = dict(list(self._air.scene.captions.items())[-(MAX_CAPTIONS - 1) :])
        kept[clause.number, clause.clause] = made
        self._air.scene = replace(self._air.scene, captions=kept)

    def _failed(self, what: str, error: Exception) -> None:
        self.failures += 1
        self.trouble = f"{what}: {type(error).__name__}: {error}"

    async def _show_slate(self, kind: str, words: str) -> None:
        slate = await asyncio.to_thread(self._slate, kind, words)
        self._air.scene = replace(self._air.scene, slate=slate)

    async def _hide_slate(self) -> None:
        self._air.scene = replace(self._air.scene, slate=None)
