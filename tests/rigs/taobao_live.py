"""The console of taobao_live under the contract."""

from rigs.console_rig import rig

RIGS = [rig("taobao_live")]
