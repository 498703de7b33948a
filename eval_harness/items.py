"""Items: the questions that a model is measured with. Pure: no files, no clock, no torch.

An item is frozen by the hash of what is asked and what may be answered. Items of one seed form a cluster, and
whole clusters are split once: the first third by hash searches for culprits, the rest confirms. A guard
question is a cluster of its own. Most items offer choices; one without them is answered in the model's own words,
and those are held against its reference.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from eval_harness import matching

SEARCH, CONFIRM, RESERVE = "search", "confirm", "reserve"
GUARD = "guard/"
GENERATED = "generated"  # the kind of an item that is answered in the model's own words
LONGEST = 2000  # characters of such an item's reference
GRAM = 13  # words in a row that no row of a training may share with a question


class BadItem(ValueError):
    """An entry can't be measured with; the message names leaf and place and what to mend."""


@dataclass(frozen=True)
class Item:
    """One question: with choices and the index of the right one, or with the reference of an answer in own words."""

    id: str
    leaf: str
    cluster: str
    split: str
    kind: str
    question: str
    context: str | None
    choices: tuple[str, ...]
    answer: int
    parent: str | None
    prompt_hash: str
    reference: str | None = None  # where there is nothing to choose from; `answer` is -1 then

    @property
    def expected(self) -> str:
        """The right answer's text."""
        return self.choices[self.answer] if self.reference is None else self.reference

    @property
    def needs_judge(self) -> bool:
        """Whether words alone can't tell if an answer is right."""
        return self.reference is not None and not matching.short(self.reference)

    def to_json(self) -> dict[str, Any]:
        """The frozen form; one with choices has the bytes that it always had."""
        form = {**asdict(self), "choices": list(self.choices)}
        if self.reference is None:
            del form["reference"]
        return form

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Item:
        """The item of a frozen form."""
        return cls(**{**entry, "choices": tuple(entry["choices"])})


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def items_of(
    leaf_path: str, entries: Sequence[Mapping[str, Any]], guard: bool = False, judge: bool = False
) -> list[Item]:
    """The items of a leaf's (or guard group's) entries, with their split. Raises BadItem.

    `judge`: whether somebody is there to judge answers that words alone can't tell right from wrong.
    """
    found = [_item(leaf_path, number, entry, guard) for number, entry in enumerate(entries, 1)]
    for number, item in enumerate(found, 1):
        if item.needs_judge and not judge:
            raise BadItem(
                f"{leaf_path}: entry {number} has an answer of {len(matching.words(item.expected))} words, and no "
                f"judge is configured; write at most {matching.SHORT} words, or choices, or let the operator set "
                "UPWEIGHT_JUDGE_URL"
            )
    seen: dict[str, int] = {}
    for number, item in enumerate(found, 1):
        if item.id in seen:
            raise BadItem(
                f"{leaf_path}: entries {seen[item.id]} and {number} are the same question; remove one"
            )
        seen[item.id] = number
    return split(found)


def _item(leaf: str, number: int, entry: Mapping[str, Any], guard: bool) -> Item:
    where = f"{leaf}: entry {number}"
    if not isinstance(entry, Mapping):
        raise BadItem(f"{where} is no question; write question, choices and answer")
    written = entry.get("kind") == GENERATED
    needed = ("question", "answer") if written else ("question", "choices", "answer")
    missing = [key for key in needed if entry.get(key) in (None, "", [])]
    if missing:
        raise BadItem(f"{where} lacks {', '.join(missing)}; write it down")
    question, context = str(entry["question"]).strip(), entry.get("context")
    choices = _none(where, entry) if written else _choices(where, entry["choices"])
    answer = str(entry["answer"]).strip()
    if not written and answer not in choices:
        raise BadItem(
            f"{where}: the answer {answer!r} is not among its choices; copy the right choice word for word"
        )
    asked = _hash(context, question)
    named = entry.get("cluster")
    cluster = f"q-{asked[:12]}" if guard else "" if named is None else str(named)
    if not cluster:
        raise BadItem(f"{where} lacks a cluster; name the seed that it asks about")
    parent = leaf.rsplit("/", 1)[0] if "/" in leaf else None
    kind = str(entry.get("kind") or ("guard" if guard else "paraphrase"))
    given = entry.get("split")
    return Item(
        _hash(context, question, choices, answer)[:20],
        leaf,
        cluster,
        RESERVE if given == RESERVE else "",
        kind,
        question,
        str(context).strip() if context else None,
        choices,
        -1 if written else choices.index(answer),
        parent,
        asked,
        answer if written else None,
    )


def _none(where: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """No choices. Raises BadItem where there are some, or where the reference is none."""
    if entry.get("choices"):
        raise BadItem(f"{where} is of the kind {GENERATED} and has choices; take one of the two out")
    reference = str(entry["answer"])
    if not matching.words(reference) or len(reference) > LONGEST:
        raise BadItem(f"{where}: its answer can't be a reference; write words, at most {LONGEST} characters")
    return ()


def _choices(where: str, given: Any) -> tuple[str, ...]:
    """The choices as text. Raises BadItem where nobody, or no model, could tell them apart."""
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) < 2:
        raise BadItem(
            f"{where} has fewer than two choices; list the right one and at least one that is wrong"
        )
    choices = tuple("" if choice is None else str(choice).strip() for choice in given)
    for place, choice in enumerate(choices, 1):
        if not choice:
            raise BadItem(f"{where}: choice {place} is empty; write a text, or take the choice out")
        first = choices.index(choice) + 1
        if first < place:
            raise BadItem(f"{where}: choices {first} and {place} are alike, {choice!r}; change one of them")
    return choices


def split(items: Iterable[Item]) -> list[Item]:
    """The items with search or confirm filled in: by leaf, whole clusters, the first third by hash."""
    listed = list(items)
    clusters: dict[str, set[str]] = {}
    for item in listed:
        if item.split != RESERVE:
            clusters.setdefault(item.leaf, set()).add(item.cluster)
    searching: set[tuple[str, str]] = set()
    for leaf, names in clusters.items():
        ordered = sorted((_hash(leaf, name), name) for name in names)
        searching |= {(leaf, name) for _, name in ordered[: _third(leaf, len(names))]}
    return [
        item
        if item.split == RESERVE
        else replace(item, split=SEARCH if (item.leaf, item.cluster) in searching else CONFIRM)
        for item in listed
    ]


def _third(leaf: str, clusters: int) -> int:
    """How many clusters search: a third of a leaf's, a quarter of a guard group's."""
    return clusters // 4 if leaf.startswith(GUARD) else clusters // 3


def plain(text: str) -> str:
    """A text's words in small letters: what two questions are compared by."""
    return " ".join(re.findall(r"\w+", text.lower()))


def grams(text: str) -> list[str]:
    """Every run of GRAM words in a text; none where it is shorter."""
    words = plain(text).split()
    return [" ".join(words[i : i + GRAM]) for i in range(len(words) - GRAM + 1)]
