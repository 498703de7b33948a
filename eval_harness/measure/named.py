"""A guard from a task of lm-eval, by its name: MMLU and others, where their data is at hand.

The task's questions become a group of the guard like those that are written by hand: frozen, split, measured and
protected alike. Nothing is fetched: data that was never loaded on this machine is said to be missing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from eval_harness.items import GUARD, BadItem, items_of
from eval_harness.job import Refused, write_atomically

Asked = tuple[
    str, list[str], Any
]  # the question as the task puts it, its choices, the right one by place or text
AT_MOST = 96  # questions of a group: more cost every run, and tell little more


def guard(name: str, into: Path, tasks: Path | None = None, at_most: int = AT_MOST) -> dict[str, Any]:
    """Write `into`/TASK.yaml for the task of that name, or for each of a group's. Raises Refused.

    `tasks` is a folder with lm-eval's task files, for tasks of one's own. Of more than `at_most` questions those come
    in that their hashes say, so that the same are chosen everywhere.
    """
    from eval_harness.measure.harness import documents_of

    if at_most < 1:
        raise Refused(f"a guard of {at_most} questions asks nothing; let it have at least one")
    written = {}
    for task, asked in documents_of(name, tasks).items():
        if not re.fullmatch(r"[\w-][\w.-]*", task):
            raise Refused(
                f"the task {task!r} can't name a file; give it a name of letters, digits and dashes"
            )
        found = entries(asked)
        chosen = sorted(found, key=lambda one: hashlib.sha256(one["question"].encode()).hexdigest())[:at_most]
        if not chosen:
            raise Refused(f"{task} has no question with one right choice among several; it can be no guard")
        try:
            items_of(f"{GUARD}{task}", chosen, guard=True)
        except BadItem as error:
            raise Refused(str(error)) from error
        into.mkdir(parents=True, exist_ok=True)
        text = f"# From lm-eval's task {task}.\n{yaml.safe_dump(chosen, allow_unicode=True, sort_keys=False)}"
        write_atomically(into / f"{task}.yaml", text.encode())
        written[task] = {"file": str(into / f"{task}.yaml"), "questions": len(chosen), "of": len(asked)}
    return written


def entries(asked: Iterable[Asked]) -> list[dict[str, Any]]:
    """The questions as a guard's entries, without those that nobody could answer by choosing, and no question twice."""
    found: dict[str, Mapping[str, Any]] = {}
    for question, given, target in asked:
        choices = [str(choice).strip() for choice in given]
        right = _right(choices, target)
        if right is None or len(choices) < 2 or not all(choices) or len(set(choices)) < len(choices):
            continue
        if text := question.strip():
            found.setdefault(text, {"question": text, "kind": "guard", "choices": choices, "answer": right})
    return [dict(entry) for entry in found.values()]


def _right(choices: list[str], target: Any) -> str | None:
    if isinstance(target, int) and not isinstance(target, bool):
        return choices[target] if 0 <= target < len(choices) else None
    text = str(target).strip()
    return text if text in choices else None
