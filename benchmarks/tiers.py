"""How long a tier of tests takes, and what it covers: `python -m benchmarks.tiers test-fast`.

Prints one JSON object: `seconds` (wall, without installing), `passed`, `failed`, `skipped`, and of the moments at which
something is killed the ones that passed: `kills` of the middle tier, `kills_full` of what the full tier has more.
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
from xml.etree import ElementTree

from benchmarks.record import ROOT

OUTCOMES = {"failure": "failed", "error": "failed", "skipped": "skipped"}
EVERY = "test_a_kill_at_any_of"  # the moments that only the full tier has


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; exit 1 where a test fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiers", description=__doc__)
    parser.add_argument("tier", choices=["test-fast", "test", "test-full"])
    options = parser.parse_args(argv)
    make = ["make", "--no-print-directory"]
    subprocess.run([*make, ".venv/ready"], cwd=ROOT, check=True, stdout=sys.stderr)  # not counted
    with tempfile.TemporaryDirectory(prefix="upweight-tier-") as folder:
        report = Path(folder) / "report.xml"
        told = measured([*make, options.tier, f"ARGS=--junitxml={report}"], report)
    print(json.dumps({"tier": options.tier, **told}))
    return int(told["failed"] > 0 or not told["passed"])


def measured(command: list[str], report: Path) -> dict[str, float]:
    """Run the tests; what their report says, and the seconds."""
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
    )
    seconds = time.monotonic() - began
    sys.stderr.write(done.stdout[-3000:])
    return {"seconds": round(seconds, 1), **counts(report.read_bytes() if report.exists() else b"")}


def counts(report: bytes) -> dict[str, int]:
    """Passed, failed and skipped tests of a JUnit report, and those that passed after a kill."""
    found = dict.fromkeys(("passed", "failed", "skipped", "kills", "kills_full"), 0)
    for case in ElementTree.fromstring(report).iter("testcase") if report else ():
        outcome = next((OUTCOMES[part.tag] for part in case if part.tag in OUTCOMES), "passed")
        found[outcome] += 1
        if outcome == "passed" and case.get("classname", "").endswith("test_kills"):
            found["kills_full" if EVERY in case.get("name", "") else "kills"] += 1
    return found


if __name__ == "__main__":
    sys.exit(main())
