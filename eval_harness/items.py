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
REASON = 500  # characters of a reason at most
ABSENT = ("reference", "replaces")  # fields that few items have


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
    replaces: str | None = None  # why it takes the place of an older answer to the same question

    @property
    def expected(self) -> str:
        """The right answer's text."""
        return self.choices[self.answer] if self.reference is None else self.reference

    @property
    def needs_judge(self) -> bool:
        """Whether words alone can't tell if an answer is right."""
        return self.reference is not None and not matching.short(self.reference)

    def to_json(self) -> dict[str, Any]:
        """The frozen form; what an item does not have is not in it, so that old ones keep their bytes."""
        form = {**asdict(self), "choices": list(self.choices)}
        return {key: value for key, value in form.items() if value is not None or key not in ABSENT}

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
        _reason(where, entry),
    )


def _none(where: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """No choices. Raises BadItem where there are some, or where the reference is none."""
    if entry.get("choices"):
        raise BadItem(f"{where} is of the kind {GENERATED} and has choices; take one of the two out")
    reference = str(entry["answer"])
    if not matching.words(reference) or len(reference) > LONGEST:
        raise BadItem(f"{where}: its answer can't be a reference; write words, at most {LONGEST} characters")
    return ()


def _reason(where: str, entry: Mapping[str, Any]) -> str | None:
    """Why the entry corrects an older one, on one line; None where it does not say so. Raises BadItem."""
    if "replaces" not in entry:
        return None
    given = entry["replaces"]
    said = " ".join(given.split()) if isinstance(given, str) else ""
    if not re.search(r"\w", said) or len(said) > REASON:
        raise BadItem(
            f"{where}: `replaces` is no reason; say in 1 to {REASON} characters why the older answer was wrong"
        )
    return said


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


def split(items: Iterable[Item], frozen: Iterable[Item] = ()) -> list[Item]:
    """The items with search or confirm filled in: by leaf, whole clusters, the first third by hash.

    What is `frozen` has its split for ever. An item of a frozen cluster takes that cluster's; of the clusters that
    are new, so many search as lack to a third of all, but never every one: the gate is to see some of what is new.
    """
    listed = list(items)
    settled = _settled(frozen)
    fresh: dict[str, set[str]] = {}
    for item in listed:
        if item.split != RESERVE and (item.leaf, item.cluster) not in settled:
            fresh.setdefault(item.leaf, set()).add(item.cluster)
    for leaf, names in fresh.items():
        known = [home for (of, _), home in settled.items() if of == leaf]
        lacking = max(0, _third(leaf, len(known) + len(names)) - known.count(SEARCH))
        if known:
            lacking = min(lacking, len(names) - 1)
        ordered = sorted((_hash(leaf, name), name) for name in names)
        settled |= {
            (leaf, name): SEARCH if place < lacking else CONFIRM for place, (_, name) in enumerate(ordered)
        }
    return [replace(item, split=_split(item, settled)) for item in listed]


def _settled(frozen: Iterable[Item]) -> dict[tuple[str, str], str]:
    """Where the clusters of frozen items belong; one that is held in reserve is for the gate."""
    settled: dict[tuple[str, str], str] = {}
    for item in frozen:
        where = (item.leaf, item.cluster)
        if settled.get(where) != SEARCH:
            settled[where] = SEARCH if item.split == SEARCH else CONFIRM
    return settled


def _split(item: Item, settled: Mapping[tuple[str, str], str]) -> str:
    """Its cluster's split; in reserve it stays, unless the searches look at its cluster already."""
    home = settled.get((item.leaf, item.cluster), RESERVE)
    return RESERVE if item.split == RESERVE and (home != SEARCH) else home


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
