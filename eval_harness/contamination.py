"""What a training may not see: the words of its exam, exactly, in long runs, or nearly.

Rows that come near an item are held out before a training; the training itself looks once more, and refuses with the
pair that it found. Pure: rows and items in, words out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eval_harness.items import GRAM, Item, grams, plain

ALIKE = 0.85  # common words of two questions with one answer, as a share of all their words


class Exam:
    """The items' words, asked row by row."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._asked: dict[tuple[str, str], Item] = {}
        self._grams: dict[str, Item] = {}
        self._bags: dict[tuple[str, tuple[str, ...]], Item] = {}
        self._by_answer: dict[tuple[str, str], list[tuple[frozenset[str], Item]]] = {}
        for item in items:
            context, question = plain(item.context or ""), plain(item.question)
            self._asked.setdefault((context, question), item)
            self._bags.setdefault((context, tuple(sorted(question.split()))), item)
            same = self._by_answer.setdefault((context, plain(item.expected)), [])
            same.append((frozenset(question.split()), item))
            for gram in grams(item.question):
                self._grams.setdefault(gram, item)

    def why(self, row: Mapping[str, Any]) -> str | None:
        """How a row comes too near to which item, in words; None where it does not."""
        found = self.near(row)
        return _told(*found) if found else None

    def near(self, row: Mapping[str, Any]) -> tuple[str, Item] | None:
        """How a row comes too near, and to which item; None where it does not."""
        context, question = plain(row.get("context") or ""), plain(row["question"])
        if found := self._asked.get((context, question)):
            return ("asks the very question of", found)
        if found := next((self._grams[gram] for gram in grams(row["question"]) if gram in self._grams), None):
            return (f"shares {GRAM} words in a row with", found)
        if found := self._bags.get((context, tuple(sorted(question.split())))):
            return ("asks in the same words, in another order, what is asked by", found)
        mine = frozenset(question.split())
        for words, item in self._by_answer.get((context, plain(row.get("answer") or "")), ()):
            if len(mine & words) >= ALIKE * len(mine | words):
                return ("is nearly the question, with the same answer, of", item)
        return None

    def apart(self, rows: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
        """The rows that may be trained on, and how many are held out."""
        listed = list(rows)
        kept = [row for row in listed if self.why(row) is None]
        return kept, len(listed) - len(kept)


def _told(how: str, item: Item) -> str:
    return f"{how} the item {item.id} of {item.leaf} ({item.question[:80]!r})"


def seen(items: Iterable[Item], rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Of items that no training has heard of yet: those that come too near to a row that was trained on, and how."""
    left, told = list(items), dict[str, str]()
    listed = list(rows) if left else []
    while left:
        exam = Exam(left)
        hit = {item.id: how for how, item in filter(None, map(exam.near, listed))}
        if not hit:
            break
        told |= hit
        left = [
            item for item in left if item.id not in hit
        ]  # a row that is near to one may be near to others
    return told
