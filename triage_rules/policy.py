"""The sections ``[rules]`` and ``[labels]`` of ``.upweight/policy.toml``: the community's word on judging.

Each rule owns its table, with the keys of its own settings; what nobody knows is refused with its line and
the nearest right name, because a misspelled limit that is silently ignored is worse than none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from triage_rules.rule import RuleSettings, all_rules
from triage_rules.tables import Locate, Mistakes, PolicyError, checked, locator, parsed, unknown

__all__ = ["PRESETS", "SECTIONS", "Labels", "Policy", "PolicyError"]

SECTIONS = ("rules", "labels")
PRESETS = ("instructlab", "instructlab-2024", "strict", "private")


class Labels(BaseModel):
    """What the labels are called; the defaults are InstructLab's. An empty name means: no such label."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needed: str = "triage-needed"
    requested_changes: str = "triage-requested-changes"
    follow_up: str = "triage-follow-up"
    uncertain: str = "triage-uncertain"
    approved: str = "triage-approved"
    rejected: str = "triage-rejected"
    topic_failure: str = "topic-failure"
    skill: str = "skill"
    knowledge: str = "knowledge"
    ci: str = "ci"
    documentation: str = "documentation"
    legal_hold: str = "legal-hold"
    precheck_generate_ready: str = "precheck-generate-ready"
    sdg_unsuccessful: str = "sdg-unsuccessful"
    community_build_ready: str = "community-build-ready"


@dataclass(frozen=True)
class Policy:
    """Settings for every rule, by its id, and the names of the labels."""

    rules: Mapping[str, RuleSettings]
    labels: Labels

    @cached_property
    def hash(self) -> str:
        """A digest of everything that this policy says, defaults included."""
        told = {
            "rules": {
                name: settings.model_dump(mode="json") for name, settings in sorted(self.rules.items())
            },
            "labels": self.labels.model_dump(mode="json"),
        }
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def default(cls) -> Policy:
        """What holds where a repository says nothing."""
        return _default()

    @classmethod
    def preset(cls, name: str) -> Policy:
        """One of the policies that come with Upweight."""
        return cls.from_toml(preset_text(name), f"preset {name}")

    @classmethod
    def from_toml(cls, text: str, path: str = ".upweight/policy.toml") -> Policy:
        """Read the two sections of a policy file; the other sections belong to other rooms and are left
        alone.
        """
        return cls.from_sections(parsed(text, path), path, locator(text))

    @classmethod
    def from_sections(cls, data: Mapping[str, Any], path: str, locate: Locate) -> Policy:
        """The same from a file that was read before; ``locate`` tells the line of a key."""
        tables, mistakes = data.get("rules", {}), Mistakes()
        if not isinstance(tables, dict):
            remedy = "Write `[rules.NAME]` tables."
            mistakes.add(PolicyError(path, locate(("rules",)), "`rules` is no table.", remedy))
            tables = {}
        known = {rule.id: rule.settings for rule in all_rules()}
        chosen: dict[str, RuleSettings] = {}
        for name, table in tables.items():
            if name not in known:
                mistakes.add(
                    unknown(path, locate(("rules", name)), f"There is no rule `{name}`.", name, known)
                )
                continue
            with mistakes.heard():
                chosen[name] = checked(known[name], table, ("rules", name), path, locate)
        rules = {name: chosen.get(name) or settings() for name, settings in known.items()}
        labels = Labels()
        with mistakes.heard():
            labels = checked(Labels, data.get("labels", {}), ("labels",), path, locate)
        mistakes.tell()
        return cls(rules, labels)


def preset_text(name: str) -> str:
    """A policy that comes with Upweight, as it is written."""
    return (files("triage_rules") / "presets" / f"{name}.toml").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _default() -> Policy:
    return Policy.from_toml("", "default")
