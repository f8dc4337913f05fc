"""The console of wechat_channels under the contract."""

from rigs.console_rig import rig

RIGS = [rig("wechat_channels")]
