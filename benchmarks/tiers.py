"""How long a tier of tests takes, and what it covers: `python -m benchmarks.tiers test-fast`.

Prints one JSON object: `seconds` (wall, without installing), `passed`, `failed`, `skipped`.
`--select WORDS` and `--marker EXPRESSION` run a part instead, on one worker.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.record import ROOT


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; exit 1 where a test fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiers", description=__doc__)
    parser.add_argument("tier", nargs="?", choices=["test-fast", "test", "test-full"])
    parser.add_argument("--select", help="pytest's -k instead of a tier")
    parser.add_argument("--marker", default="", help="pytest's -m, with --select")
    options = parser.parse_args(argv)
    if bool(options.tier) == bool(options.select):
        parser.error("name a tier, or --select")
    command = ["make", "--no-print-directory", options.tier]
    if options.select:
        command = [sys.executable, "-m", "pytest", "-k", options.select, "-m", options.marker]
    else:  # installing is not counted
        subprocess.run(
            ["make", "--no-print-directory", ".venv/ready"], cwd=ROOT, check=True, stdout=sys.stderr
        )
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
    )
    seconds = time.monotonic() - began
    sys.stderr.write(done.stdout[-3000:])
    print(json.dumps({"tier": options.tier, "seconds": round(seconds, 1), **counts(done.stdout)}))
    return int(done.returncode != 0)


def counts(printed: str) -> dict[str, int]:
    """Passed, failed and skipped from pytest's closing line."""
    closing = [line for line in printed.splitlines() if re.search(r"\d+ (passed|failed|error)", line)]
    found = {word: int(n) for n, word in re.findall(r"(\d+) (\w+)", closing[-1])} if closing else {}
    failed = found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0)
    return {"passed": found.get("passed", 0), "failed": failed, "skipped": found.get("skipped", 0)}


if __name__ == "__main__":
    sys.exit(main())
