"""How many cases a second `compare --many` judges: eight leaves of five clusters of ten items, two runs a model.

The peer is what cannot be left out: the same file read and each line's JSON taken apart. Prints one JSON object:
`per_second`, `json_per_second`, `ratio` (ours by the peer's).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

LEAVES, CLUSTERS, ITEMS = 8, 5, 10


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    options = parser.parse_args(argv)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="upweight-compare-") as folder:
        file = Path(folder) / "cases.jsonl"
        file.write_text("".join(json.dumps(case(rng)) + "\n" for _ in range(options.cases)))
        began = time.perf_counter()
        for line in file.read_text().splitlines():
            json.loads(line)
        read = time.perf_counter() - began
        began = time.perf_counter()
        command = [sys.executable, "-m", "eval_harness", "compare", "--many", str(file)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
        spent = time.perf_counter() - began
    results = [json.loads(line) for line in done.stdout.splitlines()]
    if len(results) != options.cases or not all(result["valid"] for result in results):
        raise RuntimeError("not every case was judged")
    told = {
        "per_second": options.cases / spent,
        "json_per_second": options.cases / read,
        "ratio": read / spent,
    }
    print(json.dumps(told))
    return 0


def case(rng: np.random.Generator) -> dict[str, Any]:
    """A comparison of two models that differ by chance alone, in two runs each."""
    leaves = [f"knowledge/bench/leaf_{n}" for n in range(LEAVES)]
    items = {
        f"{leaf}-{cluster}-{item}": {
            "leaf": leaf, "cluster": f"seed-{cluster}", "parent": "knowledge/bench",
            "split": "search" if cluster == 0 else "confirm",
        }
        for leaf in leaves for cluster in range(CLUSTERS + 1) for item in range(ITEMS)
    }  # fmt: skip
    p = rng.beta(4, 2, len(items))
    scores = []
    for role in ("candidate", "release"):
        for seed in (1, 2):
            here = np.clip(p + rng.normal(0, 0.1, len(items)), 0, 1)
            told = {key: [int(value > 0.5), float(value)] for key, value in zip(items, here, strict=True)}
            scores.append({"role": role, "seed": seed, "shipped": seed == 1, "pair": None, "items": told})
    spec = {
        "profile": "gain", "alpha": 0.03, "epsilon": 0.08, "touched": leaves[:2], "protected": leaves,
        "looks": 1, "look": 1, "shipped_seed": 1,
    }  # fmt: skip
    return {"spec": spec, "items": items, "scores": scores}


if __name__ == "__main__":
    raise SystemExit(main())
