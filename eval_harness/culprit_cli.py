"""The culprit search's JSON edge: a search's state a line in, its next step a line out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval_harness.culprit import Step, step_of
from eval_harness.many import answer_many

MOST = 1e6  # of a score or a noise: beyond it nobody measured


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


UNREAD: dict[str, Any] = {
    "next": None,
    "posterior": {},
    "none": None,
    "verdict": "unresolved",
    "blamed": [],
    "extra": 0,
}


def culprit_lines(lines: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """One result a line, in order, and what is wrong with a line that can't be read; it is answered `unresolved`."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            wrong = None
            try:
                found: dict[str, Any] = told(step_of(checked(json.loads(line))))
            except json.JSONDecodeError as error:
                wrong = f"line {number} is no JSON: {error}"
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                missing = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
                wrong = f"line {number} does not follow the contract: {missing}"
            yield json.dumps({**UNREAD, "error": wrong} if wrong else found, allow_nan=False), wrong


def checked(case: Mapping[str, Any]) -> Mapping[str, Any]:
    """The case, where a search can be made of it. Raises ValueError (or KeyError, TypeError) where not."""
    ids = [str(suspect["id"]) for suspect in case["suspects"]]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"the suspect `{twice[0]}` is named twice")
    if not 0 <= case["noise_sd"] <= MOST:
        raise ValueError(f"`noise_sd` is {case['noise_sd']}, and it is a fraction from 0 on")
    for run in case["observed"]:
        if not isinstance(run["subset"], list) or {str(one) for one in run["subset"]} - set(ids):
            raise ValueError(f"the subset {run['subset']!r} is no list of suspects")
        if not abs(run["score"]) <= MOST:
            raise ValueError(f"the score {run['score']} is no number that a run can have")
    said = case.get("said") or {}
    if strangers := set(said) - set(ids):
        raise ValueError(f"`said` speaks of `{min(strangers)}`, who is no suspect")
    if wrong := sorted({str(word) for word in said.values()} - {"blame", "acquit"}):
        raise ValueError(f"`said` says `{wrong[0]}`, and it is blame or acquit")
    return case


def culprit_main(argv: Sequence[str]) -> int:
    """`culprit --many FILE.jsonl`: 0, or 2 where the arguments or a line are off."""
    if len(argv) != 2 or argv[0] != "--many":
        print("usage: python -m eval_harness culprit --many FILE.jsonl", file=sys.stderr)
        return 2
    try:
        return answer_many(Path(argv[1]), culprit_lines)
    except (OSError, UnicodeDecodeError) as problem:
        print(f"{argv[1]}: {problem}", file=sys.stderr)
        return 2
