"""The console of xiaohongshu under the contract."""

from rigs.console_rig import rig

RIGS = [rig("xiaohongshu")]
