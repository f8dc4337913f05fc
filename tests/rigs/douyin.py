"""Douyin's console under the contract."""

from rigs.console_rig import rig

RIGS = [rig("douyin")]
