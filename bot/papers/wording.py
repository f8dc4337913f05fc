# ruff: noqa: E501 - tables of words read better unbroken
"""Words of the papers, in English and Chinese."""

from collections.abc import Mapping

Words = Mapping[str, str]

WORDS: Mapping[str, Words] = {
    "en": {
        "evidence": "Evidence of a livestream",
        "statement": "Statement of airtime and fees",
        "show": "Show", "folder": "Folder", "start": "Began (UTC)", "length": "Length", "mode": "Mode", "reason": "Why it ended",
        "destinations": "Destinations", "audience": "Viewers in", "packs": "Rules applied", "ended": "ended",
        "licence": "Licence", "performer": "Performer", "nobody": "a drawn host: nobody is cloned",
        "broken": "broken off: the ledger has no end",
        "figures": "Figures", "timeline": "Timeline", "frames": "Pictures from the recording",
        "intervals": "Intervals", "proof": "Signatures, and how to verify",
        "live": "On air", "ai": "AI host alone", "ai and human": "AI host with a person", "human": "Person alone",
        "slate": "Slate (hold)", "label seen": "AI label seen", "label not seen": "AI label not seen",
        "cohost": "Person in the room", "holds": "Holds", "alarms": "Alarms",
        "check_in": "checked in", "challenge_asked": "question asked", "challenge_answered": "question answered", "not asked for": "not asked for",
        "face_enrolled": "face enrolled", "face_taken_back": "enrolment taken back",
        "face_alike": "face like the enrolled one", "face_unlike": "face not like the enrolled one",
        "picture_still": "picture stands still", "picture_repeats": "picture shown before",
        "picture_lives": "picture lives again", "snapshot_lost": "picture not kept",
        "orders": "Orders", "ordered": "{orders}, of which {paid} paid; {pieces} pieces", "sold by": "Words that sold",
        "host": "On air", "label": "AI label", "channel": "Channels", "air": "State of the show",
        "watch": "Alarms", "recording": "Recording",
        "from": "from", "to": "to", "what": "what", "why": "evidence and reason", "rules": "rules", "kind": "kind",
        "note_label": "Seen means: found by the program in its own decoded stream. It is not a statement "
        "about what any viewer's device showed.",
        "note_cohost": "For the person in the room the log says which evidence was seen; a camera can be injected.",
        "note_time": "Times of pictures and label are counted in time on air from the first frame.",
        "whole": "The ledger is whole: {entries} entries, nothing changed, removed, inserted or moved.",
        "not_whole": "THE LEDGER IS NOT WHOLE:",
        "unsigned": "No public key was given: nobody vouches for the ledger.",
        "signed": "Signed up to entry {entry} with the key below.",
        "ledger_file": "Ledger (sha256)", "root": "Merkle root", "key": "Public key (Ed25519)",
        "checkpoint": "Last checkpoint", "signature": "Its signature",
        "verify": "To verify on any machine with Castmate: put the show's folder and the public key beside each "
        "other and run the commands below. The first recomputes every hash, the chain and the signatures; the "
        "second compares the recording with the hashes in the ledger. The roots must equal the ones printed here.",
        "of": "{share} of the time on air",
        "no_frames": "No recording lies in the show's folder.",
        "damaged": "The recording is not what the ledger says:",
        "made": "Made {at} from the ledger alone", "events": "further entries are in the CSV and JSON Lines exports",
        "airtime": "Airtime of the clone", "fee": "Fee", "rate": "Agreed", "sales": "Sales in these shows",
        "products": "Products it spoke about", "product": "Product", "spoken": "spoken for",
        "none": "no fee was agreed", "total": "Total", "period": "Period", "minutes": "minutes", "where": "where",
        "not_counted": "Not counted, because their ledger is not whole or cannot be read:",
        "per_minute": "{amount} {currency} for each minute on air", "share": "{share} % of sales, in {currency}",
        "how": "Airtime is the time with the synthetic host on air, alone or beside a person, as the signed "
        "ledgers of the shows say; slates and segments of a person alone do not count. Fees are computed from the "
        "seconds and rounded half up to the currency's smallest unit once, at the end.",
    },
    "zh": {
        "evidence": "直播合规证据报告",
        "statement": "出镜时长与费用结算单",
        "show": "场次", "folder": "文件夹", "start": "开始时间（UTC）", "length": "时长", "mode": "模式",
        "destinations": "播出平台", "audience": "观众所在地", "packs": "适用规则包", "reason": "结束原因", "ended": "已结束", "checking": "开播检查", "ending": "正在结束", "hold": "暂停",
        "not asked for": "规则未要求", "late": "在场超时", "absent": "不在场", "in force": "有效",
        "stopped the show": "已终止直播", "switched off": "标识已关闭", "switched on": "标识已开启",
        "check_in": "签到", "challenge_asked": "发出随机验证", "challenge_answered": "通过随机验证",
        "face_enrolled": "登记了面部", "face_taken_back": "撤回了登记",
        "face_alike": "与登记的面部相符", "face_unlike": "与登记的面部不符",
        "picture_still": "画面静止", "picture_repeats": "画面之前出现过",
        "picture_lives": "画面恢复正常", "snapshot_lost": "图片未能保存", "open": "已连接", "closed": "已关闭",
        "trouble": "连接异常", "alarm": "告警", "failed": "失败", "label alarm": "标识告警",
        "label calm": "标识恢复", "the planned time is over": "计划时间已到",
        "the operator ended the show": "操作员结束了直播", "a human alone is on the air": "仅真人出镜",
        "the synthetic host is on the air": "合成主播出镜",
        "looked for in our own decoded picture, four times a second": "在自身解码画面中每秒查找四次",
        "licence": "授权", "performer": "授权人", "nobody": "绘制的数字人：未使用任何真人形象",
        "broken": "中断：日志没有结尾",
        "figures": "数据摘要", "timeline": "时间轴", "frames": "录像画面",
        "intervals": "时段明细", "proof": "签名与核验方法",
        "live": "播出", "ai": "仅AI主播", "ai and human": "AI主播与真人", "human": "仅真人",
        "slate": "暂停画面", "label seen": "检出AI标识", "label not seen": "未检出AI标识",
        "cohost": "真人在场", "holds": "暂停次数", "alarms": "告警",
        "orders": "订单", "ordered": "{orders} 单，已付款 {paid} 单，共 {pieces} 件", "sold by": "成交话术",
        "host": "出镜", "label": "AI标识", "channel": "频道", "air": "场次状态",
        "watch": "告警", "recording": "录像",
        "from": "起", "to": "止", "what": "状态", "why": "证据与原因", "rules": "规则", "kind": "类别",
        "note_label": "“检出”指程序在自身解码的画面中找到标识，不表示任何观众设备上的显示情况。",
        "note_cohost": "关于在场真人，日志只记录看到了哪些证据；摄像头画面可能被注入。",
        "note_time": "画面与标识的时间从第一帧起按播出时间计算。",
        "whole": "日志完整：共 {entries} 条记录，没有更改、删除、插入或移动。",
        "not_whole": "日志不完整：",
        "unsigned": "未提供公钥：没有人为此日志作保。",
        "signed": "截至第 {entry} 条记录由下列密钥签名。",
        "ledger_file": "日志文件（sha256）", "root": "默克尔树根", "key": "公钥（Ed25519）",
        "checkpoint": "最后一个检查点", "signature": "检查点签名",
        "verify": "在任何装有 Castmate 的机器上核验：把场次文件夹和公钥放在一起，运行下列命令。第一条重新计算全部哈希、"
        "哈希链和签名；第二条把录像与日志中的哈希对照。树根须与此处所印一致。",
        "of": "占播出时间的 {share}",
        "no_frames": "场次文件夹中没有录像。",
        "damaged": "录像与日志不符：",
        "made": "{at} 仅根据日志生成", "events": "其余记录见 CSV 与 JSON Lines 导出文件",
        "airtime": "数字人出镜时长", "fee": "费用", "rate": "约定", "sales": "这些场次的销售额",
        "products": "讲解过的商品", "product": "商品", "spoken": "讲解时长",
        "none": "未约定费用", "total": "合计", "period": "期间", "minutes": "分钟", "where": "平台",
        "not_counted": "未计入（日志不完整或无法读取）：",
        "per_minute": "每出镜分钟 {amount} {currency}", "share": "销售额的 {share} %，以 {currency} 计",
        "how": "出镜时长指合成主播单独或与真人一同出镜的时间，以各场次签名日志为准；暂停画面和仅真人出镜的时段不计。"
        "费用按秒计算，最后一次性四舍五入到货币最小单位。",
    },
}  # fmt: skip


def words(language: str) -> Words:
    """Those of `language`, else English."""
    return WORDS.get(language, WORDS["en"])
