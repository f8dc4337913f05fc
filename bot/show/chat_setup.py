"""Puts a show's chat together: triage, answers, the merch team's queue, a model, what replies tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from bot.compliance.decision import Decision
from bot.show.chat import Triage
from bot.show.conversation import ChatOptions, Conversation
from bot.show.director import Director
from bot.show.disclosure import disclosure_of
from bot.show.thinking import Thinker
from bot.show.trail import NO_TRAIL, Trail
from persona.answers import Sayable, TemplateAnswerer
from persona.intents import folded, intent_of
from persona.persona import Persona
from persona.template_writer import TemplateWriter
from persona.writer import Writer
from products.fusion import Nearness
from products.questions import QuestionQueue
from products.store import SqlCatalogue

OWN = frozenset({"host"})
FIRST = (
    "帆布鞋42码还有吗?"  # of its characters the sounds are asked for: that loads all that a message may need
)


@dataclass(frozen=True, slots=True)
class ChatSetup:
    """Opens the Conversation of one show.

    writer    answers what the template answers cannot, when it is a language model's
    service   by language: how customer service is reached, as the show file says it
    wait      answers air only after a person's word
    """

    show: str
    persona: Persona
    catalogue: SqlCatalogue
    sayable: Sayable
    writer: Writer
    decision: Decision
    now: Callable[[], datetime]
    record: Callable[[str, dict[str, object]], None]
    service: Mapping[str, str]
    wait: bool = False
    nearness: Nearness | None = None
    trail: Trail = NO_TRAIL

    def open(self, director: Director, tell: Callable[[BaseModel], None]) -> Conversation:
        load_words()
        triage = Triage(own=OWN, table=lambda: director.table, apart=chats_apart(self.decision))
        answerer = TemplateAnswerer(self.persona, self.sayable, self.service, self.nearness)
        thinks = not isinstance(self.writer, TemplateWriter)
        options = ChatOptions(
            wait=self.wait,
            thinker=Thinker(self.writer, self.catalogue, self.now) if thinks else None,
            pass_on=QuestionQueue(self.catalogue.engine).pass_on,
            disclosure=disclosure_of(
                self.decision.merged.notices, self.decision.mode, _shop_names(self.persona)
            ),
            show=self.show,
            trail=self.trail,
        )
        return Conversation(triage, answerer, self.catalogue, director, tell, self.record, options)


def load_words() -> None:
    """Loads what reads a viewer's message, before the show is on the air: the first one in Chinese would hold
    up the show's loop for a quarter of a second of work.
    """
    intent_of(folded(FIRST))


def chats_apart(decision: Decision) -> bool:
    """Whether the chats of a show's destinations must not be brought together: a platform forbids it, or may
    (rule kind simulcast, merged_chat).
    """
    forbidden = decision.merged.value("simulcast", "merged_chat") == "forbidden"
    return forbidden and len(decision.destinations) > 1


def _shop_names(persona: Persona) -> Mapping[str, str]:
    languages: Sequence[str] = persona.languages
    return {language: persona.shop_in(language) for language in languages}
