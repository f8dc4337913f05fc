"""Puts the sample show into the wheel as bot/sample, for `castmate demo` away from a checkout, and the
measured figures, for `castmate fleet plan`.

A plain force-include would also copy it beside the link of an editable install, where it grows stale.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SampleHook(BuildHookInterface):  # type: ignore[type-arg, unused-ignore]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"]["sample"] = "bot/sample"
            build_data["force_include"]["bench/results.json"] = "bot/fleet/results.json"
