"""Facebook Live in the list of connectors."""

from connectors.account import Account
from connectors.base import Cap, Connector
from connectors.facebook_live.login import FIELDS, log_in
from connectors.outside import Outside
from connectors.registry import Entry
from connectors.rtmp.hosts import limits_of


def _make(account: Account, outside: Outside) -> Connector:
    from connectors.facebook_live.connector import FacebookConnector

    return FacebookConnector(account, outside)


ENTRY = Entry(
    name="facebook_live",
    title="Facebook Live",
    caps=frozenset({Cap.EGRESS, Cap.CHAT_IN, Cap.CHAT_OUT, Cap.METRICS}),
    ingest=limits_of("facebook_live"),
    fields=FIELDS,
    login=log_in,
    make=_make,
    manual=(
        "The Live Video API has no field for AI content: the label in the picture and a line in the "
        "description say it.",
        "Facebook asks for a picture near 16:9: look at the first minutes of an upright one.",
    ),
)
