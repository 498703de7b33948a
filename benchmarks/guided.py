"""One process of the fuzz run: change inputs that took new branches, judge them, and tell what goes wrong.

`python -m benchmarks.guided --seconds N --seed N --current FILE`. The input that is judged lies in FILE while it is, so
that whoever started this knows what ended it. A line of JSON on stdout for each fault and at the end. An input must
end in a verdict: no exception, no more than `MEMORY`, every finding at a place that exists, the verdict the same
through JSON and in parts, and the layout as yamllint has it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from benchmarks.branches import Branches
from benchmarks.mutation import PATH, Input, first_inputs, mutated, smaller

MEMORY = 256 * 1024**2
SIZE, STATUS = Path("/proc/self/statm"), Path("/proc/self/status")
BRANCHES = Branches()
BRANCHES.watch("triage_rules")

from service.kept import KeptInMemory  # noqa: E402
from triage_rules import lint  # noqa: E402
from triage_rules.contribution import ChangedFile, Commit, Contribution  # noqa: E402
from triage_rules.judge import judge  # noqa: E402
from triage_rules.policy import PRESETS, Policy  # noqa: E402
from triage_rules.rule import Facts  # noqa: E402
from triage_rules.verdict import Verdict  # noqa: E402

POLICIES = [Policy.default(), *(Policy.preset(name) for name in PRESETS)]
SEEDS = (
    ("knowledge/a/qna.yaml", "How long is a note?", "Three sentences."),
    ("x", "Is ink black?", "Yes, it is."),
)


def contribution_of(given: Input) -> Contribution:
    """A contribution that adds the input's files and takes one away."""
    path = given.path.decode("utf-8", "replace") or PATH
    folder = path.rpartition("/")[0]
    files = (
        ChangedFile(path, "added", after=given.qna),
        ChangedFile(f"{folder}/attribution.txt", "modified", before=given.qna, after=given.attribution),
        ChangedFile(f"{folder}/gone", "deleted", before=given.attribution),
    )
    text = given.attribution[:2000].decode("utf-8", "replace")
    commits = (Commit("c" * 40, "Ada", "ada@example.org", text),)
    return Contribution("h", "b", files, commits, title=text[:80], body=text, author="ada", number=9)


def judged(given: Input, policy: Policy, thoroughly: bool) -> float:
    """Judge an input; gives the processor's seconds for the judgement itself. Raises whatever goes wrong."""
    change, facts = contribution_of(given), Facts.of(SEEDS)
    began = time.process_time()
    verdict = judge(change, policy, facts)
    took = time.process_time() - began
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict, (
        "the verdict changes in JSON"
    )
    lines = {file.path: _lines(file.after or b"") for file in change.files}
    for finding in verdict.findings:
        if finding.line is not None and finding.path in lines:
            assert 1 <= finding.line <= lines[finding.path], (
                f"a finding in a line that is not there: {finding}"
            )
            assert finding.column is None or finding.column >= 1, f"a finding in no column: {finding}"
    if thoroughly:
        shelf = KeptInMemory()
        for _ in range(2):
            assert judge(change, policy, facts, shelf) == verdict, "the verdict in parts"
        _layout(change)
    return took


def _lines(data: bytes) -> int:
    return data.count(b"\n") + data.count(b"\r") + 1


def _layout(change: Contribution) -> None:
    """The short way through the layout must say what yamllint says."""
    for reading in change.readings:
        if reading.tree is not None and len(reading.tree.text) < 20_000 and lint.is_plain(reading.tree):
            ours = sorted((s.line, s.column, s.message) for s in lint.smudges(reading.tree))
            theirs = sorted((s.line, s.column, s.message) for s in lint.by_the_linter(reading.tree.text))
            assert ours == theirs, f"the layout: {ours} and not {theirs}"


class Run:
    """The inputs that took a new branch, and what was seen of all."""

    def __init__(self, seed: int, current: Path) -> None:
        self.draw, self.current = random.Random(seed), current
        self.kept: list[Input] = []
        self.seen: set[tuple[int, int]] = set()
        self.faults: set[str] = set()
        self.runs, self.slowest, self.slow_input = 0, 0.0, b""

    def all(self, seconds: float) -> None:
        """First what is known, then changes of it until the time is over."""
        ends = time.monotonic() + seconds
        first = first_inputs()
        for given in first:
            self.one(given)
        self.kept += [given for given in first if given not in self.kept]
        while time.monotonic() < ends:
            newer = self.kept[-50:] if self.draw.random() < 0.3 else self.kept
            self.one(mutated(self.draw, self.draw.choice(newer), self.draw.choice(self.kept)))

    def one(self, given: Input) -> None:
        """Judge one, and keep it where it took a branch as none did before."""
        self.current.write_bytes(b"\n\n\n\n".join(given))
        self.runs += 1
        policy, thoroughly = self.draw.choice(POLICIES), self.runs % 8 == 0
        BRANCHES.clear()
        try:
            took = judged(given, policy, thoroughly)
        except Exception as fault:  # the edge of a run: this is what it looks for
            self._fault(given, policy, fault)
            return
        new = BRANCHES.taken() - self.seen
        if new:
            self.seen |= new
            self.kept.append(given)
        if took > self.slowest:
            self.slowest = took
            tell({"slow": took, **shown(given)})

    def _fault(self, given: Input, policy: Policy, fault: Exception) -> None:
        name = named(fault)
        if name in self.faults:
            return
        self.faults.add(name)

        def still(other: Input) -> bool:
            self.current.write_bytes(b"\n\n\n\n".join(other))
            try:
                judged(other, policy, True)
            except Exception as again:  # the edge, as above
                return named(again) == name
            return False

        trace = "".join(traceback.format_exception(fault))[-2000:]
        tell({"fault": name, "trace": trace, **shown(smaller(given, still))})


def named(fault: Exception) -> str:
    """A fault by its class and the place in the rules where it came up."""
    frames = [f for f in traceback.extract_tb(fault.__traceback__) if "triage_rules" in f.filename]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "guided"
    return f"{type(fault).__name__} at {where}" + ("" if frames else f": {str(fault)[:30]}")


def shown(given: Input) -> dict[str, str]:
    """An input as text, byte by byte."""
    return {name: data.decode("latin-1") for name, data in given._asdict().items()}


def tell(what: dict[str, Any]) -> None:
    """One line."""
    print(json.dumps(what), flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guided", description=__doc__)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--current", type=Path, required=True)
    options = parser.parse_args()
    if SIZE.exists():
        held = int(SIZE.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    run = Run(options.seed, options.current)
    run.all(options.seconds)
    branches = len({number for number, _times in run.seen})
    last = {"runs": run.runs, "branches": branches, "of": len(BRANCHES.counts), "kept": len(run.kept)}
    tell({**last, "peak_mb": round(peak() / 1024**2, 1), "slowest": run.slowest})


def peak() -> int:
    """The most memory that this process held, in bytes; what `getrusage` says begins with what its parent held."""
    if STATUS.exists():
        found = re.search(r"^VmHWM:\s*(\d+) kB$", STATUS.read_text(), re.M)
        if found:
            return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if sys.platform == "linux" else 1)


if __name__ == "__main__":
    main()
