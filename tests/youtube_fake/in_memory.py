"""The chat's stream without gRPC, for virtual time: what it does is what grpc_chat.py does."""

import asyncio

import grpc

from connectors.youtube.streaming import trouble
from youtube_fake.world import World


class Stream:
    """Opens pages as connectors.youtube.streaming.GrpcChat.pages does. `most`: messages of one page.
    `lasts_s`: the server ends each stream after so long; None: never. `opened`: how often.
    """

    def __init__(self, world: World, *, most: int = 500, lasts_s: float | None = None) -> None:
        self.w, self.most, self.lasts_s, self.opened = world, most, lasts_s, 0

    async def __call__(self, chat, token, bearer):
        w = self.w
        self.opened += 1
        w.stream_tokens.append(token)
        ends = None if self.lasts_s is None else asyncio.get_running_loop().time() + self.lasts_s
        yield {}
        if bearer.reveal() not in w.access:
            raise trouble(grpc.StatusCode.UNAUTHENTICATED, "", bool(token))
        if not w.spend("liveChatMessages.streamList"):
            raise trouble(grpc.StatusCode.RESOURCE_EXHAUSTED, "quota", bool(token))
        plan = w.stream_plan.popleft() if w.stream_plan else None
        if plan is not None and isinstance(plan[0], grpc.StatusCode):
            raise trouble(*plan, bool(token))
        room = w.rooms.get(chat)
        if room is None or not room.open:
            raise trouble(grpc.StatusCode.FAILED_PRECONDITION, "LIVE_CHAT_ENDED", bool(token))
        if token and w.index(room, token) is None:
            raise trouble(grpc.StatusCode.INVALID_ARGUMENT, "", True)
        new, sent, cuts = asyncio.Event(), 0, w.cuts
        w.moved.append(new)
        try:
            while True:
                new.clear()
                if w.cuts > cuts or (plan is not None and plan[0] == "cut" and sent >= plan[1]):
                    raise trouble(grpc.StatusCode.UNAVAILABLE, "cut", bool(token))
                items, following = w.page(room, token, self.most)
                if (items or not sent) and not w.deaf:
                    yield {"items": items, "nextPageToken": following}
                    token, sent = following, sent + 1
                    continue
                if not room.open:
                    return
                left = None if ends is None else ends - asyncio.get_running_loop().time()
                if left is not None and left <= 0:
                    return
                try:
                    await asyncio.wait_for(new.wait(), left)
                except TimeoutError:
                    return
        finally:
            w.moved.remove(new)
