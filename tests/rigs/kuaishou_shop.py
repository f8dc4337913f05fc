"""The console of kuaishou_shop under the contract."""

from rigs.console_rig import rig

RIGS = [rig("kuaishou_shop")]
