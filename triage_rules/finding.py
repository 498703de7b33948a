"""What a rule says about one place, and how heavily it weighs."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

from triage_rules.fix import Fix


class Weight(IntEnum):
    """How much a finding matters; the heaviest one decides the verdict."""

    note = 1
    doubt = 2
    fix = 3
    stop = 4
    close = 5


def writable(text: str) -> str:
    """Text that can be written as UTF-8: a path's bytes that are none, and halves of a pair, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


class Place(NamedTuple):
    """A path with line and column, both from 1; None stands for the whole file."""

    path: str
    line: int | None = None
    column: int | None = None


class Finding(msgspec.Struct, frozen=True, order=False):
    """One sentence of one rule about one place, with what to do about it."""

    rule: str
    weight: Weight
    path: str
    line: int | None
    column: int | None
    message: str
    remedy: str
    fix: Fix | None = None

    def to_json(self) -> dict[str, Any]:
        """The finding with its weight by name, keys in the order of the contract; `patch` where a fix is mechanical."""
        told = {
            "rule": self.rule,
            "weight": self.weight.name,
            "path": writable(self.path),
            "line": self.line,
            "column": self.column,
            "message": writable(self.message),
            "remedy": self.remedy,
        }
        return told if self.fix is None else {**told, "patch": self.fix.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        """The finding that ``to_json`` wrote."""
        told = {**data, "weight": Weight[data["weight"]]}
        patch = told.pop("patch", None)
        return cls(**told, fix=None if patch is None else Fix.from_json(patch))


def order(finding: Finding) -> tuple[int, str, int, int, str]:
    """Sort key: heaviest first, then by place, so that a report reads top to bottom."""
    return (-finding.weight, finding.path, finding.line or 0, finding.column or 0, finding.rule)
