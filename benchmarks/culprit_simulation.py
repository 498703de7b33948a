"""The culprit search in simulation: how many extra runs it takes, how often it is right, whom it blames wrongly.

Prints a table and, last, one JSON object: `cells` and `missed` (how many cells fall short of what they must do).
`told` is what the search hears of the noise: the sd of placebos, or "pairs": estimated from its own two pairs of
runs, as the service does it.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval_harness.culprit import CAUTION, SURE, Step, step_of


@dataclass(frozen=True)
class Cell:
    """A planted truth, and what the search must do on it at least (shares of searches)."""

    suspects: int
    culprits: int
    drop: float
    sd: float
    told: float | None
    right: float
    innocent: float
    at_once: int = 1

    @property
    def what(self) -> str:
        """In words."""
        told = "estimated from its own pairs" if self.told is None else f"said to be {100 * self.told:.1f}"
        return (
            f"{self.culprits} of {self.suspects} cost {100 * self.drop:.0f} points, "
            f"noise {100 * self.sd:.1f} {told}" + ", two runs at once" * (self.at_once == 2)
        )


CELLS = (
    Cell(4, 1, 0.5, 0.064, 0.064, 0.97, 0.02),
    Cell(8, 1, 0.5, 0.064, 0.064, 0.97, 0.02),
    Cell(16, 1, 0.5, 0.064, 0.064, 0.97, 0.02),
    Cell(4, 2, 0.5, 0.064, 0.064, 0.93, 0.04),
    Cell(8, 2, 0.5, 0.064, 0.064, 0.90, 0.04),
    Cell(16, 2, 0.5, 0.064, 0.064, 0.88, 0.04),
    Cell(4, 1, 0.3, 0.1, 0.1 / CAUTION, 0.92, 0.02),  # the assumed noise is the true one
    Cell(8, 1, 0.3, 0.1, 0.1 / CAUTION, 0.90, 0.02),
    Cell(16, 1, 0.3, 0.1, 0.1 / CAUTION, 0.85, 0.02),
    Cell(8, 1, 0.3, 0.1, 0.1, 0.78, 0.02),  # the caution costs power, and blames nobody
    Cell(8, 1, 0.3, 0.1, None, 0.65, 0.05),
    Cell(8, 1, 0.5, 0.064, None, 0.95, 0.02),
    Cell(8, 2, 0.5, 0.064, None, 0.90, 0.04),
    Cell(4, 1, 0.5, 0.064, None, 0.95, 0.02, 2),  # as the service does it
    Cell(8, 1, 0.5, 0.064, None, 0.95, 0.02, 2),
    Cell(8, 2, 0.5, 0.064, None, 0.85, 0.04, 2),
    Cell(8, 0, 0.5, 0.064, 0.064, 0.92, 0.08),
    Cell(8, 0, 0.3, 0.1, 0.043, 0.88, 0.12),  # the noise is badly understated
)


def search(cell: Cell, culprits: set[str], rng: np.random.Generator) -> tuple[Step, int]:
    """One search on a planted truth, and the extra runs until each culprit was above the bound for the first time."""
    ids = [str(i) for i in range(cell.suspects)]

    def train(subset: Sequence[str]) -> dict[str, Any]:
        score = 0.8 - cell.drop * bool(culprits & set(subset)) + float(rng.normal(0, cell.sd))
        return {"subset": list(subset), "score": score, "seed": 0}

    observed = [train(s) for s in (ids, ids, [], [])]
    full, empty = (observed[i]["score"] - observed[i + 1]["score"] for i in (0, 2))
    told = float(np.sqrt((full**2 + empty**2) / 4)) if cell.told is None else cell.told
    suspects = [{"id": i, "weight": 1.0} for i in ids]
    named: int | None = None
    while True:
        found = step_of({"suspects": suspects, "noise_sd": told, "observed": observed, "said": {}})
        if named is None and all(found.posterior[name] >= SURE for name in culprits):
            named = found.extra
        if found.verdict != "go on":
            return found, found.extra if named is None else named
        observed += [train(subset) for subset in found.next[: cell.at_once]]


def measure(cell: Cell, searches: int) -> dict[str, Any]:
    """Play a cell. `extra` is the mean of runs beyond two full and two empty ones until the search stops; `named`
    until every culprit is above the bound, where the design's simulations stopped: they did not wait for the others.
    """
    rng = np.random.default_rng(cell.suspects * 100 + cell.culprits)
    played = []
    for _ in range(searches):
        culprits = {str(i) for i in rng.choice(cell.suspects, cell.culprits, replace=False)}
        found, named = search(cell, culprits, rng)
        blamed = set(found.blamed)
        played.append((found.extra, named, blamed == culprits, bool(blamed - culprits)))
    extra, named_at, right, innocent = (float(x) for x in np.mean(played, axis=0))
    return {
        "what": cell.what,
        "must": {"right": cell.right, "innocent": cell.innocent},
        "measured": {"extra": extra, "named": named_at, "right": right, "innocent": innocent},
        "simulations": searches,
        "met": right >= cell.right - error(cell.right, searches)
        and innocent <= cell.innocent + error(cell.innocent, searches),
    }


def error(share: float, simulations: int) -> float:
    """Two standard errors of a simulated share: what a miss must exceed."""
    return 2.0 * math.sqrt(share * (1 - share) / simulations)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.culprit_simulation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="60 searches a cell instead of 1,000")
    parser.add_argument("--json", action="store_true", help="no table")
    options = parser.parse_args(argv)
    cells = []
    for cell in CELLS:
        cells.append(found := measure(cell, 60 if options.quick else 1000))
        if not options.json:
            had = found["measured"]
            runs = f"extra {had['extra']:.1f} (named at {had['named']:.1f})"
            print(f"{found['what']}: {runs}, right {had['right']:.3f} (must {cell.right}), "
                  f"innocent {had['innocent']:.3f} (must {cell.innocent})", flush=True)  # fmt: skip
    print(json.dumps({"cells": cells, "missed": sum(not c["met"] for c in cells)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
