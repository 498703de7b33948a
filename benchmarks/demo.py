"""The demo, played as a visitor would, and its result judged from the outside.

Runs `upweight demo --json --model M --seed S` in a fresh home and prints one JSON object:

- `seconds`, and `seconds_v1`: from the start to the first release (without installing);
- `intended`: 1 where it ended as its script says: exit 0, the culprit found and no other, in no release;
- `shipped_bad`: how many releases hold a contribution that was expected to be the culprit;
- `gain`: the smallest change of a contributed leaf in any release;
- `fallen`: how many leaves of a former release (or groups of the guard) fell beyond their noise: by the gate's own p of
  right and wrong, adjusted for all leaves that were looked at (Holm), at 5 %;
- `guard`: the smallest mean change of the guard in any release;
- with `--twice`, `same`: 1 where a second run has the same weights roots and scores.
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

SURE = 0.05


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo", description=__doc__)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--story", help="play this story instead of the project's own")
    parser.add_argument("--twice", action="store_true")
    options = parser.parse_args(argv)
    first = play(options.model, options.seed, options.story)
    told: dict[str, Any] = {"model": options.model, "seed": options.seed, **judge(first)}
    if options.twice:
        again = play(options.model, options.seed, options.story)
        told["same"] = int(essence(first["data"]) == essence(again["data"]))
    print(json.dumps(told))
    return 0


def play(model: str, seed: int, story: str | None = None) -> dict[str, Any]:
    """One run of the demo in a fresh directory: {"exit", "seconds", "data"}.

    Raises RuntimeError where it prints no data.
    """
    command = [str(Path(sys.executable).with_name("upweight")), "demo", "--json", "--model", model]
    command += ["--seed", str(seed), *(["--story", story] if story else [])]
    with tempfile.TemporaryDirectory(prefix="upweight-bench-") as folder:
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--home", f"{folder}/home"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        seconds = time.monotonic() - began
        lines = done.stdout.strip().splitlines()
        answer = json.loads(lines[-1]) if lines else {}
        if not answer.get("data"):
            raise RuntimeError(f"the demo ended with {done.returncode} and no data: {answer.get('error')}")
        gates = [json.loads((Path(r["dir"]) / "gate.json").read_text()) for r in answer["data"]["releases"]]
    return {"exit": done.returncode, "seconds": seconds, "data": answer["data"], "gates": gates}


def judge(played: dict[str, Any]) -> dict[str, Any]:
    """What the claims ask of one run, from the data that it printed."""
    data = played["data"]
    expected, found = data["culprit"]["expected"], data["culprit"]["found"]
    releases = data["releases"]
    shipped_bad = sum(bool(set(expected) & set(release["members"])) for release in releases)
    rows = [leaf for release in releases for leaf in release["leaves"]]
    gains = [leaf["change"] for leaf in rows if leaf["role"] == "contributed"]
    intended = played["exit"] == 0 and found == expected and not shipped_bad and len(releases) > 1
    return {
        "seconds": round(played["seconds"], 1),
        "seconds_v1": data["seconds"].get("v1"),
        "stages": data["seconds"],
        "intended": int(intended),
        "shipped_bad": shipped_bad,
        "gain": min(gains, default=None),
        "fallen": sum(fell(leaf) for gate in played["gates"] for leaf in gate["result"]["leaves"]),
        "guard": min((mean_guard(release["leaves"]) for release in releases), default=None),
        "runs": data["culprit"]["runs"],
    }


def fell(leaf: dict[str, Any]) -> bool:
    """Whether a protected leaf fell by more than chance, among all that were looked at."""
    p = leaf["p_holm"]["y"]
    return leaf["role"] == "protected" and p is not None and p <= SURE


def mean_guard(leaves: Sequence[dict[str, Any]]) -> float:
    """Mean change over the guard's groups, each weighing by its items."""
    groups = [leaf for leaf in leaves if leaf["role"] == "guard"]
    items = sum(leaf["items"] for leaf in groups)
    return sum(leaf["change"] * leaf["items"] for leaf in groups) / items if items else 0.0


def essence(data: dict[str, Any]) -> list[Any]:
    """What two runs with the same seed must share: weights, members, scores."""
    return [
        [release["version"], release["weights_root"], release["members"], release["leaves"]]
        for release in data["releases"]
    ]


if __name__ == "__main__":
    sys.exit(main())
