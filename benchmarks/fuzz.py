"""Strangers' bytes: a run of changed inputs over the reader and the judge, led by the branches that they take.

Processes of `benchmarks.guided` follow one another, each under a limit of memory; one that dies or takes longer than
`LATE` for an input is a fault like an exception, and the next goes on. `--keep` is a folder for the inputs of faults,
smaller where they could be made so, as `tests/triage_rules/hostile` has them.

Prints one JSON object: `crashes` (different faults), `faults` (each by name), `peak_mb` (most memory of a process, all
in all), `slowest` (seconds of processor time for the slowest input, with the counting of branches), `runs`, `branches`
of `of`.
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

from benchmarks.mutation import Input, write_input
from benchmarks.record import ROOT

LATE = 20.0  # seconds for one input, on a machine that may have much else to do
SLICE = 60.0  # seconds for one process: a crash costs no more than that of what was learned


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; exit 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that were found")
    options = parser.parse_args(argv)
    told = run(options.seconds, options.seed, options.keep)
    print(json.dumps(told))
    return 1 if told["crashes"] else 0


def run(seconds: float, seed: int, keep: Path | None) -> dict[str, Any]:
    """Processes after one another until the time is over."""
    total: dict[str, Any] = {"runs": 0, "branches": 0, "of": 0, "peak_mb": 0.0, "slowest": 0.0}
    faults: dict[str, str] = {}
    ends = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="upweight-fuzz-") as folder:
        current = Path(folder) / "current"
        while (left := ends - time.monotonic()) > 1 or not total["runs"]:
            for line in lines_of(max(1.0, min(left, SLICE * 4)), seed, current):
                if "fault" in line:
                    faults.setdefault(line["fault"], line.get("trace", ""))
                if keep is not None and "qna" in line:
                    _keep(line, keep)
                for name in total:
                    if name in line:
                        both = total[name], line[name]
                        total[name] = sum(both) if name == "runs" else max(both)
            seed += 1
    for name, trace in faults.items():
        print(f"{name}\n{trace}", file=sys.stderr)
    return {"crashes": len(faults), "faults": sorted(faults), **total, "slowest": round(total["slowest"], 3)}


def lines_of(seconds: float, seed: int, current: Path) -> list[dict[str, Any]]:
    """What one process tells; a last line of our own where it ended before its time."""
    current.write_bytes(b"")
    command = [sys.executable, "-m", "benchmarks.guided", "--seconds", str(seconds), "--seed", str(seed)]
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([*command, "--current", str(current)], cwd=ROOT, stdout=out)
        why = _watched(process, current)
        out.seek(0)
        lines: list[dict[str, Any]] = [json.loads(line) for line in out]
    if why or not lines or "runs" not in lines[-1]:
        parts = [*current.read_bytes().split(b"\n\n\n\n", 2), b"", b"", b""][:3]
        shown = {name: part.decode("latin-1") for name, part in zip(Input._fields, parts, strict=True)}
        lines.append({"fault": why or f"ended with {process.returncode}", "runs": 1, **shown})
    return lines


def _watched(process: subprocess.Popen[bytes], current: Path) -> str | None:
    """Wait for the end; why it was ended by us, if it was."""
    while True:
        try:
            process.wait(1.0)
            return None
        except subprocess.TimeoutExpired:
            if time.time() - current.stat().st_mtime > LATE:
                process.kill()
                process.wait()
                return f"later than {LATE:g} seconds"


def _keep(line: dict[str, Any], folder: Path) -> None:
    name = line.get("fault") or f"slow {line['slow']:.2f}"
    plain = "".join(letter if letter.isalnum() else "_" for letter in name)[:60]
    write_input(Input(*(line[part].encode("latin-1") for part in Input._fields)), folder / plain)


if __name__ == "__main__":
    sys.exit(main())
