"""The sections ``[rules]`` and ``[labels]`` of ``.upweight/policy.toml``: the community's word on judging.

Each rule owns its table, with the keys of its own settings; what nobody knows is refused with its line and
the nearest right name, because a misspelled limit that is silently ignored is worse than none.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from triage_rules.rule import RuleSettings, all_rules
from triage_rules.toml_lines import line_of

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


class PolicyError(Exception):
    """A policy that cannot be taken: file, line, what is wrong and how to mend it."""

    def __init__(self, path: str, line: int, message: str, remedy: str) -> None:
        super().__init__(f"{path}:{line}: {message} {remedy}".strip())
        self.path = path
        self.line = line
        self.message = message
        self.remedy = remedy


M = TypeVar("M", bound=BaseModel)
Locate = Callable[[tuple[str, ...]], int]


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
        text = (files("triage_rules") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
        return cls.from_toml(text, f"preset {name}")

    @classmethod
    def from_toml(cls, text: str, path: str = ".upweight/policy.toml") -> Policy:
        """Read the two sections of a policy file; the other sections belong to other rooms and are left
        alone.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = int(str(error).rpartition("line ")[2].split(",")[0] or 1) if "line " in str(error) else 1
            raise PolicyError(path, line, f"Not TOML: {error}.", "Mend the line.") from error
        return cls.from_sections(data, path, lambda keys: line_of(text, keys))

    @classmethod
    def from_sections(cls, data: Mapping[str, Any], path: str, locate: Locate) -> Policy:
        """The same from a file that was read before; ``locate`` tells the line of a key."""
        tables = data.get("rules", {})
        if not isinstance(tables, dict):
            raise PolicyError(
                path, locate(("rules",)), "`rules` is no table.", "Write `[rules.NAME]` tables."
            )
        known = {rule.id: rule.settings for rule in all_rules()}
        chosen: dict[str, RuleSettings] = {}
        for name, table in tables.items():
            if name not in known:
                raise _unknown(
                    path, locate(("rules", name)), f"There is no rule `{name}`.", name, list(known)
                )
            chosen[name] = _checked(known[name], table, ("rules", name), path, locate)
        rules = {name: chosen.get(name) or settings() for name, settings in known.items()}
        labels = _checked(Labels, data.get("labels", {}), ("labels",), path, locate)
        return cls(rules, labels)


@lru_cache(maxsize=1)
def _default() -> Policy:
    return Policy.from_toml("", "default")


def _checked(model: type[M], table: Any, keys: tuple[str, ...], path: str, locate: Locate) -> M:
    if not isinstance(table, dict):
        raise PolicyError(
            path, locate(keys), f"`{'.'.join(keys)}` is no table.", f"Write `[{'.'.join(keys)}]`."
        )
    try:
        return model.model_validate({key.replace("-", "_"): value for key, value in table.items()})
    except ValidationError as error:
        first = error.errors()[0]
        spelled = {key.replace("-", "_"): key for key in table}
        steps = (str(step) for step in first["loc"] if not isinstance(step, int))
        where = keys + tuple(spelled.get(step, step) for step in steps)
        line = locate(where)
        if first["type"] == "extra_forbidden":
            name = str(first["loc"][-1])
            raise _unknown(
                path, line, f"`{'.'.join(where)}` is not known.", name, _names(model, first["loc"])
            ) from None
        raise PolicyError(path, line, f"`{'.'.join(where)}`: {first['msg']}.", "Change the value.") from None


def _names(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The right names at the depth of the wrong one: the settings', or those of an entry in a list."""
    if len(loc) == 1:
        return list(model.model_fields)
    inner = model.model_fields.get(str(loc[0]))
    for part in getattr(inner.annotation, "__args__", ()) if inner is not None else ():
        if isinstance(part, type) and issubclass(part, BaseModel):
            return list(part.model_fields)
    return []


def _unknown(path: str, line: int, message: str, name: str, right: list[str]) -> PolicyError:
    near = get_close_matches(name, right, n=1, cutoff=0.5)
    if near:
        return PolicyError(path, line, message, f"Did you mean `{near[0]}`?")
    return PolicyError(path, line, message, f"Known are: {', '.join(sorted(right))}.")
