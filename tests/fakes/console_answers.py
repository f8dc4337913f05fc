"""What the seller consoles' own servers answer, by platform; the source of each form is in the platform's
connectors/PLATFORM/console.yaml (the `source` of the tap that reads it).
"""

import base64
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """A viewer's comment. `own`: written by the host's account."""

    id: str
    viewer: str
    text: str
    viewer_id: str = ""
    own: bool = False


def douyin_comments(comments: list[Written]) -> bytes:
    found = [
        {"comment_id": c.id, "nick_name": c.viewer, "content": c.text, "uid": c.viewer_id} for c in comments
    ]
    return json.dumps({"st": 0, "code": 0, "msg": "", "data": {"comment_infos": found}}).encode()


def douyin_goods(titles: dict[int, str], room: str) -> bytes:
    found = [
        {"promotion_id": f"37304960701454{n:05}", "product_id": f"37304741051373{n:05}", "title": title}
        for n, title in titles.items()
    ]
    return json.dumps(
        {"st": 0, "code": 0, "msg": "", "data": {"promotions": found, "room_id": room}}
    ).encode()


def douyin_orders(orders: list[tuple[str, int, int, int]], at: int) -> bytes:
    """Orders as (order id, number of the product, status, pieces)."""
    found = [
        {
            "order_id": order,
            "product_id": f"37304741051373{number:05}",
            "product_title": "x",
            "nick_name": "买家",
            "item_num": pieces,
            "order_ts": at,
            "order_status": status,
        }
        for order, number, status, pieces in orders
    ]
    return json.dumps({"msg": "", "data": found}).encode()


def douyin_messages(entered: list[tuple[str, str]], liked: list[tuple[str, str]]) -> bytes:
    messages: dict[str, object] = {"comment": None}
    for name, people in (("room_enter", entered), ("room_like", liked)):
        if people:
            messages[name] = [
                {"msg_type": name, "msg_id": id_, "nick_name": who, "user_id": f"u-{who}"}
                for id_, who in people
            ]
    return json.dumps({"data": {"messages": messages}}).encode()


def taobao_comments(comments: list[Written], callback: str = "mtopjsonp12") -> bytes:
    found = [
        {
            "commentId": c.id,
            "commodities": [],
            "content": c.text,
            "publisherId": c.viewer_id,
            "publisherNick": c.viewer,
            "tbNick": c.viewer,
            "timestamp": "1795415040000",
            "replyToCommentId": "0",
            "replyToUserId": "0",
            "renders": {"render_anchor": "true" if c.own else "false", "isAddCart": "0", "isOrder": "0"},
        }
        for c in comments
    ]
    answer = {
        "api": "mtop.taobao.iliad.comment.query.anchorlatest",
        "data": {"comments": found, "delay": "3000", "paginationContext": "{}"},
        "ret": ["SUCCESS::调用成功"],
        "v": "3.0",
    }
    return f" {callback}({json.dumps(answer)})".encode()


def wechat_messages(comments: list[Written]) -> bytes:
    listed = [
        {
            "nickname": c.viewer,
            "content": c.text,
            "type": 1,
            "username": c.viewer_id,
            "seq": "1",
            "clientMsgId": c.id,
        }
        for c in comments
    ]
    return json.dumps({"errCode": 0, "errMsg": "", "data": {"msgList": listed, "appMsgList": []}}).encode()


def xiaohongshu_frame(comments: list[Written]) -> bytes:
    """One frame of the socket."""
    packed = []
    for c in comments:
        said = {
            "type": "text",
            "current_time": 1795415040000,
            "commentId": c.id,
            "profile": {"nickname": c.viewer, "user_id": c.viewer_id, "role": 1 if c.own else 0},
            "desc": c.text,
        }
        outer = {
            "command": 1,
            "customData": json.dumps(said),
            "msgId": c.id,
            "roomId": "7",
            "roomType": "LIVE",
        }
        packed.append({"d": base64.b64encode(json.dumps(outer).encode()).decode(), "e": {}, "m": "1"})
    return json.dumps({"v": 1, "t": 4, "m": "0ac", "b": {"d": {"a": 0, "b": packed, "biz": "room"}}}).encode()


COMMENTS = {
    "douyin": douyin_comments,
    "taobao_live": taobao_comments,
    "wechat_channels": wechat_messages,
    "xiaohongshu": xiaohongshu_frame,
}
