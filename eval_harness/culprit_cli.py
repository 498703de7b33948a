"""The culprit search's JSON edge: a search's state a line in, its next step a line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from eval_harness.culprit import Step, step_of


def told(step: Step) -> dict[str, Any]:
    """A step as the contract writes it; `next` [] is the empty mix, null means stop."""
    return {
        "next": list(step.next[0]) if step.next else None,
        "posterior": step.posterior,
        "none": step.none,
        "verdict": step.verdict,
        "blamed": list(step.blamed),
        "extra": step.extra,
    }


def culprit_lines(lines: Iterable[str]) -> Iterator[str]:
    """One result a line, in order."""
    for line in lines:
        if line.strip():
            yield json.dumps(told(step_of(json.loads(line))))


def culprit_main(argv: Sequence[str]) -> int:
    """`culprit --many FILE.jsonl`: 0, or 2 where the arguments or a line are off."""
    if len(argv) != 2 or argv[0] != "--many":
        print("usage: python -m eval_harness culprit --many FILE.jsonl", file=sys.stderr)
        return 2
    try:
        with open(argv[1], encoding="utf-8") as file:
            for line in culprit_lines(file):
                print(line)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        print(f"{argv[1]}: {problem}", file=sys.stderr)
        return 2
    return 0
