"""A policy written out: everything that holds, defaults included, as TOML that reads back to the same policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.policy import OWN, Policy, from_toml, read_file
from triage_rules.policy import PRESETS, preset_text
from triage_rules.rule import all_rules
from triage_rules.toml_text import table


def named(name: str) -> Policy:
    """A preset by its name, or the policy of a file or of a taxonomy's folder. Raises PolicyError or OSError."""
    return from_toml(preset_text(name), f"preset {name}") if name in PRESETS else read_file(Path(name))


def text_of(policy: Policy) -> str:
    """The whole policy, a table for each section and each rule; a weight that is the rule's own is a remark."""
    return "\n".join(_tables(policy))


def tables_of(policy: Policy) -> dict[str, Any]:
    """The same as plain values, for JSON."""
    rules = {name: settings.model_dump(mode="json") for name, settings in policy.judging.rules.items()}
    own = {name: getattr(policy, name).model_dump(mode="json") for name in OWN}
    return {**own, "labels": policy.judging.labels.model_dump(mode="json"), "rules": rules}


def _tables(policy: Policy) -> Iterator[str]:
    told = tables_of(policy)
    rules = told.pop("rules")
    for name, values in told.items():
        yield table(name, values)
    for rule in all_rules():
        values = rules[rule.id]
        remarks = {} if values["weight"] else {"weight": f'"{rule.weight.name}", the rule\'s own'}
        yield table(f"rules.{rule.id}", values, remarks)
