"""The rows of a training: read, told apart into new and old, looked through for what the exam asks, encoded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval_harness.contamination import Exam
from eval_harness.items import Item
from eval_harness.job import Mix, Refused
from eval_harness.models import packs
from eval_harness.models.prompt import Prompt


@dataclass(frozen=True)
class Material:
    """Rows by leaf, and which of them are new and which old."""

    rows: list[dict[str, Any]]
    new: list[int]
    old: list[int]


def read(paths: Sequence[Path], mix: Mix, items: Iterable[Item]) -> Material:
    """The rows of the leaves in the mix, by leaf and seed. Raises Refused for a leaf without rows, and for a row that
    comes too near to an item: it should have been held out, so what this training learned could not be measured."""
    wanted = {*mix.leaves, *mix.replay}
    rows: dict[str, dict[str, Any]] = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            rows.update((row["id"], row) for row in map(json.loads, file) if row["leaf"] in wanted)
    missing = wanted - {row["leaf"] for row in rows.values()}
    if missing:
        raise Refused(
            f"no rows for {', '.join(sorted(missing))}; generate them first and name their file in `rows`"
        )
    listed = sorted(rows.values(), key=lambda row: (row["leaf"], row["seed_index"], row["id"]))
    exam = Exam(items)
    for row in listed:
        if why := exam.why(row):
            raise Refused(
                f"the row {row['id']} of {row['leaf']} ({row['question'][:80]!r}) {why}; hold it out"
            )
    new = [i for i, row in enumerate(listed) if row["leaf"] in mix.leaves]
    old = [i for i, row in enumerate(listed) if row["leaf"] not in mix.leaves]
    return Material(listed, new, old)


def encode(
    tokenizer: Any, form: Prompt, question: str, context: str | None, answer: str, longest: int
) -> packs.Row:
    """One row as tokens: the prompt is the stem, answer and end are its branch. The context is cut from its
    front where the row would be longer than `longest`."""
    after = tuple(tokenizer.encode(answer + form.end, add_special_tokens=False))
    text = form.text(question, context)
    stem = tuple(tokenizer.encode(text, add_special_tokens=False))
    whole = tuple(tokenizer.encode(text + answer + form.end, add_special_tokens=False))
    branch = whole[len(stem) :] if whole[: len(stem)] == stem else after
    if len(stem) + len(branch) > longest and context:
        cut = len(context) - len(context) * (longest // 2) // (len(stem) + len(branch))
        return encode(tokenizer, form, question, context[cut:].strip() or None, answer, longest)
    return packs.Row(stem[-longest:], (branch[:longest],))
