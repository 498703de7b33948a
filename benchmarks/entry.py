"""One promise of `claims.toml`: what is claimed, the command that shows it, and the limit it must keep."""

from __future__ import annotations

import operator
import os
import shutil
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmarks.record import ROOT

FILE = ROOT / "benchmarks" / "claims.toml"
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq,
}  # fmt: skip


class Limit(BaseModel):
    """What the value is compared with."""

    model_config = ConfigDict(extra="forbid")
    op: Literal[">=", "<=", ">", "<", "=="]
    value: float

    def holds(self, value: float) -> bool:
        """Whether the value keeps the limit."""
        return OPERATORS[self.op](value, self.value)

    def __str__(self) -> str:
        return f"{self.op} {self.value:g}"


class Claim(BaseModel):
    """An entry of `claims.toml`. The command's last line is a JSON object; `key` names the number in it.

    With `seeds` the command runs once for each (its `{seed}` is replaced), each result is kept as soon as it
    is there, and `combine` makes one value of them: the worst, the mean, or the sum (a count, of ones).
    """

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[a-z0-9-]+$")
    what: str
    issue: int
    command: list[str] = Field(min_length=1)
    key: str = "value"
    unit: str = ""
    limit: Limit
    tier: Literal["quick", "long"]
    hardware: Literal["any", "two quiet cores", "gpu"]
    inputs: list[str] = Field(min_length=1)
    seeds: list[int] = []
    combine: Literal["worst", "mean", "sum"] = "worst"

    def combined(self, values: Sequence[float]) -> float:
        """One value of the seeds' values."""
        if self.combine == "sum":
            return sum(values)
        if self.combine == "mean":
            return sum(values) / len(values)
        return min(values) if self.limit.op in (">=", ">") else max(values)

    def commands(self) -> dict[str, list[str]]:
        """What is to be run, by seed; the key is empty where there are no seeds."""
        if not self.seeds:
            return {"": self.command}
        return {str(seed): [w.replace("{seed}", str(seed)) for w in self.command] for seed in self.seeds}

    def lacks(self) -> str | None:
        """What this machine lacks for the measurement; None where it can be done here."""
        if self.hardware == "gpu" and not shutil.which("nvidia-smi"):
            return "needs a GPU"
        if self.hardware == "two quiet cores" and (os.cpu_count() or 1) < 2:
            return "needs two cores"
        return None


class BadClaims(ValueError):
    """claims.toml is not what it must be; the message names the entry and the field."""


def load(file: Path = FILE) -> list[Claim]:
    """All claims, in the order of the file; raises BadClaims."""
    raw: list[dict[str, Any]] = tomllib.loads(file.read_text()).get("claim", [])
    claims: list[Claim] = []
    for number, entry in enumerate(raw, 1):
        try:
            claims.append(Claim.model_validate(entry))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise BadClaims(f"entry {number} ({entry.get('id', '?')}): {place}: {first['msg']}") from None
    ids = [claim.id for claim in claims]
    for name in ids:
        if ids.count(name) > 1:
            raise BadClaims(f"{name} stands there twice")
    for claim in claims:
        if bool(claim.seeds) != any("{seed}" in word for word in claim.command):
            raise BadClaims(f"{claim.id}: seeds and {{seed}} in the command belong together")
    return claims
