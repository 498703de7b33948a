"""The rows of a training: read, told apart into new and old, cleaned of what the exam asks, encoded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval_harness.items import Item, grams, plain
from eval_harness.job import Mix, Refused
from eval_harness.models import packs
from eval_harness.models.prompt import Prompt


@dataclass(frozen=True)
class Material:
    """Rows by leaf, which of them are new and which old, and how many the exam's words cost."""

    rows: list[dict[str, Any]]
    new: list[int]
    old: list[int]
    dropped: int


def read(paths: Sequence[Path], mix: Mix, items: Iterable[Item]) -> Material:
    """The rows of the leaves in the mix, by leaf and seed. Raises Refused for a leaf without rows."""
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
    clean = [row for row in listed if not exam.knows(row)]
    new = [i for i, row in enumerate(clean) if row["leaf"] in mix.leaves]
    old = [i for i, row in enumerate(clean) if row["leaf"] not in mix.leaves]
    return Material(clean, new, old, len(listed) - len(clean))


class Exam:
    """The words of the items, so that no row teaches an item's very question."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.questions: set[tuple[str, str]] = set()
        self.grams: set[str] = set()
        for item in items:
            self.questions.add((plain(item.context or ""), plain(item.question)))
            self.grams.update(grams(item.question))

    def knows(self, row: dict[str, Any]) -> bool:
        """Does the row ask an item's question, or share thirteen words in a row with one?"""
        same = (plain(row.get("context") or ""), plain(row["question"])) in self.questions
        return same or not self.grams.isdisjoint(grams(row["question"]))


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
