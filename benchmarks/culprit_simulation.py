"""The culprit search in simulation: how many extra runs it takes, how often it is right, whom it blames wrongly.

Prints a table and, last, one JSON object: `cells` and `missed` (how many cells fall short of GATE.md section 5).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from eval_harness.culprit import step_of

CELLS = (  # suspects, culprits, drop, sd, at least right, at most innocents blamed
    (4, 1, 0.5, 0.064, 0.97, 0.02),
    (8, 1, 0.5, 0.064, 0.97, 0.02),
    (16, 1, 0.5, 0.064, 0.97, 0.02),
    (8, 1, 0.3, 0.10, 0.93, 0.02),
    (8, 2, 0.5, 0.064, 0.90, 0.04),
    (8, 0, 0.5, 0.064, 0.90, 0.08),
)


def search(n: int, culprits: set[str], drop: float, sd: float, rng: np.random.Generator) -> Any:
    """One search on a planted truth."""
    ids = [str(i) for i in range(n)]

    def train(subset: Sequence[str]) -> dict[str, Any]:
        score = 0.8 - drop * bool(culprits & set(subset)) + float(rng.normal(0, sd))
        return {"subset": list(subset), "score": score, "seed": 0}

    observed = [train(s) for s in (ids, ids, [], [])]
    suspects = [{"id": i, "weight": 1.0} for i in ids]
    while True:
        found = step_of({"suspects": suspects, "noise_sd": sd, "observed": observed, "said": {}})
        if found.verdict != "go on":
            return found
        observed.append(train(found.next[0]))


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.culprit_simulation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 searches a cell instead of 1,000")
    parser.add_argument("--json", action="store_true", help="no table")
    options = parser.parse_args(argv)
    cells = []
    for n, many, drop, sd, right, innocent in CELLS:
        rng = np.random.default_rng(n * 100 + many)
        played = []
        for _ in range(100 if options.quick else 1000):
            culprits = {str(i) for i in rng.choice(n, many, replace=False)}
            found = search(n, culprits, drop, sd, rng)
            played.append((found.extra, set(found.blamed) == culprits, bool(set(found.blamed) - culprits)))
        extra, hit, wrong = (float(x) for x in np.mean(played, axis=0))
        met = hit >= right and wrong <= innocent
        cells.append({"n": n, "culprits": many, "drop": drop, "sd": sd, "extra": extra, "right": hit,
                      "innocent": wrong, "met": met})  # fmt: skip
        if not options.json:
            print(
                f"n {n:2}  culprits {many}  drop {drop}  sd {sd}  "
                f"extra {extra:.1f}  right {hit:.2f}  blamed {wrong:.2f}"
            )
    print(json.dumps({"cells": cells, "missed": sum(not c["met"] for c in cells)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
