"""Real pull requests, judged: `upweight triage` over every pull request of a corpus.

Prints one JSON object: `pulls` (lines printed), `judged` (those with a verdict), `errors` (the others),
`missing` (heads without a line) and `ms_each`. The corpus is a Git bundle that is not part of the project;
its place is `--corpus`, by default beside the checkout.
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

from benchmarks.record import ROOT

CORPUS = ROOT.parent / "shared" / "corpus" / "taxonomy-pulls.bundle"


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; exit 5 where the corpus is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    options = parser.parse_args(argv)
    if not options.corpus.exists():
        print(f"there is no corpus at {options.corpus}", file=sys.stderr)
        return 5
    with tempfile.TemporaryDirectory(prefix="upweight-bench-") as folder:
        mirror = f"{folder}/taxonomy.git"
        subprocess.run(["git", "clone", "-q", "--mirror", str(options.corpus), mirror], check=True)
        print(json.dumps(triage(mirror)))
    return 0


def triage(mirror: str) -> dict[str, Any]:
    """Judge every pull request of a bare repository by the command line, as an operator would."""
    refs = subprocess.run(
        ["git", "-C", mirror, "for-each-ref", "--format=%(refname)", "refs/pull"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    heads = refs.stdout.split()
    command = [str(Path(sys.executable).with_name("upweight")), "triage", "--repo", mirror, "--into", "main"]
    began = time.monotonic()
    done = subprocess.run(
        [*command, "--pulls", "refs/pull/*/head", "--json"],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    seconds = time.monotonic() - began
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    pulls = [line for line in lines if "pull" in line]
    judged = [line for line in pulls if line.get("verdict") and not line.get("error")]
    return {
        "pulls": len(pulls),
        "judged": len(judged),
        "errors": len(pulls) - len(judged),
        "missing": len(heads) - len({line["pull"] for line in pulls}),
        "exit": done.returncode,
        "ms_each": round(seconds * 1000 / max(len(pulls), 1), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
