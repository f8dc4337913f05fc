"""What can happen to the chat of a broadcast, besides what can happen to any call."""

from connectors.errors import NotLive, Transient


class ChatOver(NotLive):
    """There is no chat to read or write any more: it has ended, was switched off, or is gone."""


class TokenRefused(Transient):
    """The page token is not taken: what came since it can only be had from the recent history."""


class NoStream(Transient):
    """This server has no stream of the chat: polls remain."""


class Unauthenticated(Transient):
    """The access token is not taken; a renewed one may be."""
