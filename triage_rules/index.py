"""All known seeds, searchable by shared words and by question, without looking at each of them."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple, Protocol

import numpy as np

from triage_rules.keys import context_key, entry_of, question_key, set_key, shingles, signed
from triage_rules.overlap import MOST, candidates
from triage_rules.taxonomy import Leaf
from triage_rules.words import jaccard

ASKED = (
    200  # known seeds with the same question that are looked at, of those with the same context and of others
)


REMEMBERED = 50_000  # answers of an index that are kept for the next rule


class Known(NamedTuple):
    """A seed of the tree (``pull`` None) or of another open contribution; ``where`` is its leaf's file."""

    where: str
    question: str
    answer: str
    context: str | None = None
    pull: int | None = None
    author: str | None = None  # of the open contribution, as Contribution.who names them


class Near(NamedTuple):
    """A known seed and the share of words it has in common."""

    known: Known
    share: float


class Index(Protocol):
    """What rules see of the known seeds, wherever they are kept."""

    def near(self, question: str, answer: str, least: float = 0.5) -> Iterator[Near]:
        """Known seeds that share at least this much of their words, the nearest first; at most so many."""
        ...

    def asked(self, question: str, context: str | None = None) -> Iterator[Known]:
        """Known seeds that ask the same, layout and punctuation aside; those with this context before others."""
        ...


def in_order(found: Iterable[Known]) -> list[Known]:
    """The tree's seeds first, then contributions as they came; by path, question and answer."""
    return sorted(found, key=lambda k: (-1 if k.pull is None else k.pull, k.where, k.question, k.answer))


def nearest_first(found: Iterable[Near]) -> list[Near]:
    """The greatest share first, and what is equal in the order of `in_order`."""
    shares = list(found)
    places = {id(known): place for place, known in enumerate(in_order(near.known for near in shares))}
    return sorted(shares, key=lambda near: (-near.share, places[id(near.known)]))


class Remembered:
    """An index during one judgement: what a rule has asked is not looked up again for the next one.

    Who asks for a larger share gets the nearest of what was found.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._near: dict[tuple[str, str], tuple[float, tuple[Near, ...]]] = {}
        self._left = REMEMBERED

    def near(self, question: str, answer: str, least: float = 0.5) -> Iterator[Near]:
        """Known seeds that share at least this much of their words, the nearest first."""
        asked, found = self._near.get((question, answer), (math.inf, ()))
        if least < asked:
            found = tuple(self._index.near(question, answer, least))
            self._left -= len(found) + 1
            if self._left > 0:
                self._near[question, answer] = least, found
        return (near for near in found if near.share >= least)

    def asked(self, question: str, context: str | None = None) -> Iterator[Known]:
        """Known seeds that ask the same."""
        return self._index.asked(question, context)


class SeedsIndex:
    """An index in memory; ``over`` lays one on others without copying."""

    def __init__(
        self, seeds: Iterable[Known | tuple[str, str, str]] = (), below: tuple[Index, ...] = ()
    ) -> None:
        self._below = below
        self._known: dict[int, tuple[Known, frozenset[str], int, int]] = {}
        self._sets: dict[int, dict[int, list[int]]] = defaultdict(dict)  # entry, key of the set: numbers
        self._words: dict[str, array[int]] = defaultdict(lambda: array("I"))
        self._questions: dict[int, list[int]] = defaultdict(list)
        self._next = 0
        for seed in seeds:
            self.add(seed if isinstance(seed, Known) else Known(*seed))

    @classmethod
    def over(cls, *below: Index) -> SeedsIndex:
        """An empty index that also answers from those below it."""
        return cls((), below)

    def __len__(self) -> int:
        """How many seeds are in this layer."""
        return len(self._known)

    def add(self, seed: Known) -> int:
        """Take one seed in; the number that comes back takes it out again."""
        number, self._next = self._next, self._next + 1
        tokens = shingles(seed.question, seed.answer)
        key = set_key(tokens)
        self._known[number] = (seed, tokens, key, context_key(seed.context))
        alike = self._sets[entry_of(key)].setdefault(key, [])
        if not alike:
            for word in tokens:
                self._words[word].append(entry_of(key))
        alike.append(number)
        self._questions[question_key(seed.question)].append(number)
        return number

    def add_leaf(self, leaf: Leaf, pull: int | None = None, author: str | None = None) -> list[int]:
        """Take all seeds of a leaf in."""
        return [self.add(Known(leaf.file, s.question, s.answer, s.context, pull, author)) for s in leaf.seeds]

    def remove(self, number: int) -> None:
        """Take one seed out, for a leaf that changed or a contribution that closed."""
        seed, tokens, key, _context = self._known.pop(number)
        alike = self._sets[entry_of(key)][key]
        alike.remove(number)
        if not alike:
            del self._sets[entry_of(key)][key]
            for word in tokens:
                self._words[word].remove(entry_of(key))
        self._questions[question_key(seed.question)].remove(number)

    def near(self, question: str, answer: str, least: float = 0.5) -> Iterator[Near]:
        """Known seeds that share at least this much of their words, the nearest first; so many a layer."""
        found = list(self._near(shingles(question, answer), least)) if self._known else []
        for index in self._below:
            found += index.near(question, answer, least)
        yield from nearest_first(found)

    def _near(self, tokens: frozenset[str], least: float) -> Iterator[Near]:
        held = sorted((len(self._words.get(word, ())), word) for word in tokens)
        entries = candidates(
            len(tokens), held, lambda word: np.frombuffer(self._words[word], dtype=np.uint32), least
        )
        left = MOST
        for number in self._numbers(tokens, entries):
            known, theirs, _key, _context = self._known[number]
            share = jaccard(tokens, theirs)
            if share >= least:
                yield Near(known, share)
            left -= 1
            if not left:
                return

    def _numbers(self, tokens: frozenset[str], entries: Iterable[int]) -> Iterator[int]:
        own = set_key(tokens)
        yield from sorted(self._sets.get(entry_of(own), {}).get(own, ()), key=self._place)
        for entry in entries:
            for key in sorted(self._sets[entry]):
                if key != own:
                    yield from sorted(self._sets[entry][key], key=self._place)

    def _place(self, number: int) -> tuple[int, str, str, str]:
        known = self._known[number][0]
        return (-1 if known.pull is None else known.pull, known.where, known.question, known.answer)

    def asked(self, question: str, context: str | None = None) -> Iterator[Known]:
        """Known seeds that ask the same, layout and punctuation aside; those with this context before others."""
        meant = context_key(context)
        rows = [self._known[number] for number in self._questions.get(question_key(question), ())]
        keyed = sorted(
            ((theirs, signed(key), known) for known, _tokens, key, theirs in rows), key=itemgetter(0, 1)
        )
        every = [known for theirs, _key, known in keyed if theirs == meant][:ASKED]
        every += [known for theirs, _key, known in keyed if theirs != meant][:ASKED]
        for index in self._below:
            every += index.asked(question, context)
        yield from in_order(every)
