"""Run what shows a claim, seed by seed, and keep each result as soon as it is there."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import record
from benchmarks.entry import Claim


class Failed(RuntimeError):
    """A measurement gave no number; the message says why."""


class NotHere(RuntimeError):
    """What the measurement needs is not on this machine: the command ended with 5; the message says what."""


def measure_all(
    chosen: Iterable[Claim], claims: Sequence[Claim], hashes: dict[str, str], folder: Path = record.RESULTS
) -> None:
    """Measure and record the chosen claims; one run of a command answers all claims that name it."""
    for command in dict.fromkeys(tuple(claim.command) for claim in chosen):
        group = [claim for claim in claims if tuple(claim.command) == command]
        if why := group[0].lacks():
            print(f"{', '.join(claim.id for claim in group)}: not run: {why}", file=sys.stderr)
            continue
        try:
            _measure(group, hashes, folder)
        except NotHere as lack:
            print(f"{', '.join(claim.id for claim in group)}: not run: {lack}", file=sys.stderr)
            for claim in group:
                _keep_why(claim, hashes[claim.id], folder, str(lack))
        except Failed as error:
            for claim in group:
                print(f"{claim.id}: failed: {error}", file=sys.stderr)
                record.write(claim.id, _without(claim, hashes[claim.id], folder, error=str(error)), folder)


def _keep_why(claim: Claim, inputs: str, folder: Path, why: str) -> None:
    """Keep why there is no value; one that was measured elsewhere says more, and stays."""
    last = record.read(claim.id, folder)
    if last is None or last["value"] is None:
        record.write(claim.id, _without(claim, inputs, folder, not_run=why), folder)


def _without(claim: Claim, inputs: str, folder: Path, **why: str) -> dict[str, Any]:
    """A record without a value; the seeds that are measured already stay in it."""
    return {**_started(claim, inputs), "value": None, "seeds": kept(claim, inputs, folder), **why}


def _measure(group: Sequence[Claim], hashes: dict[str, str], folder: Path) -> None:
    """Go on where an interrupted measurement stopped; one that was finished begins anew. Raises Failed."""
    begun = {claim.id: _started(claim, hashes[claim.id]) for claim in group}
    done = {claim.id: kept(claim, hashes[claim.id], folder) for claim in group}
    commands = group[0].commands()
    left = [seed for seed in commands if any(seed not in seeds for seeds in done.values())]
    if not left:
        left, done = list(commands), {claim.id: {} for claim in group}
    for seed in left:
        name = f"seed {seed}: " if seed else ""
        print(f"{', '.join(claim.id for claim in group)}: {name}{' '.join(commands[seed])}", file=sys.stderr)
        output, seconds = run(commands[seed])
        for claim in group:
            done[claim.id][seed] = {"value": number(output, claim.key), "seconds": round(seconds, 1)}
            record.write(claim.id, {**begun[claim.id], **_summed(claim, done[claim.id])}, folder)


def _summed(claim: Claim, seeds: dict[str, Any]) -> dict[str, Any]:
    """Value and seconds of what is there; no value until the last seed is in."""
    complete = len(seeds) == len(claim.commands())
    return {
        "value": claim.combined([entry["value"] for entry in seeds.values()]) if complete else None,
        "seconds": round(sum(entry["seconds"] for entry in seeds.values()), 1),
        "seeds": seeds if claim.seeds else {},
    }


def _started(claim: Claim, inputs: str) -> dict[str, Any]:
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    base = {"id": claim.id, "command": claim.command, "commit": record.commit(), "inputs": inputs}
    return {**base, "date": date, "machine": record.machine()}


def kept(claim: Claim, inputs: str, folder: Path) -> dict[str, Any]:
    """The seeds that were measured already, from the same inputs and by the same command."""
    last = record.read(claim.id, folder)
    if last is None or last["inputs"] != inputs or last["command"] != claim.command:
        return {}
    return {seed: entry for seed, entry in last["seeds"].items() if seed in claim.commands()}


def run(command: Sequence[str]) -> tuple[dict[str, Any], float]:
    """Run a command; the JSON object on its last line, and the seconds. Raises Failed, NotHere."""
    words = [sys.executable if word == "python" else word for word in command]
    began = time.monotonic()
    code, out, said = _heard(words)
    seconds = time.monotonic() - began
    lines = out.strip().splitlines() or [""]
    if code == 5:
        raise NotHere(said.removeprefix("not run: ") or "the command ended with 5 and said nothing")
    if code != 0:
        raise Failed(f"exit {code}, last line: {lines[-1][:200]!r}")
    try:
        output = json.loads(lines[-1])
    except json.JSONDecodeError:
        output = None
    if not isinstance(output, dict):
        raise Failed("the last line of its output is no JSON object")
    return output, seconds


def _heard(words: Sequence[str]) -> tuple[int, str, str]:
    """Run to the end, stderr passed on as it comes: exit status, stdout, and the last line of stderr."""
    said = ""
    with tempfile.TemporaryFile("w+") as out:
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.PIPE}
        with subprocess.Popen(words, cwd=record.ROOT, text=True, errors="replace", **pipes) as process:
            for line in process.stderr or ():
                print(line, end="", file=sys.stderr, flush=True)
                said = line.strip() or said
        out.seek(0)
        return process.returncode, out.read(), said[:200]


def number(output: dict[str, Any], key: str) -> float:
    """The number that a dotted key names; true counts as 1. Raises Failed where there is none."""
    found: Any = output
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            raise Failed(f"the output has no {key!r}")
        found = found[part]
    if not isinstance(found, int | float):
        raise Failed(f"{key!r} is no number in the output: {found!r}")
    return float(found)
