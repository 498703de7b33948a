"""All known seeds, searchable by shared words and by question, without looking at each of them.

MinHash bands find candidates (so that 100,000 leaves cost no more than a hundred), exact word sets judge
them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rensa import RMinHash

from triage_rules.taxonomy import Leaf
from triage_rules.words import jaccard, normal, words

BANDS, ROWS, SEED = 42, 3, 2024


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


def shingles(question: str, answer: str) -> frozenset[str]:
    """The words of a whole seed: what "shared words" is counted on."""
    return frozenset(words(question)) | frozenset(words(answer))


class SeedsIndex:
    """Seeds by MinHash band and by normalised question; ``over`` lays one index on others without copying."""

    def __init__(
        self, seeds: Iterable[Known | tuple[str, str, str]] = (), below: tuple[SeedsIndex, ...] = ()
    ) -> None:
        self._below = below
        self._known: dict[int, tuple[Known, frozenset[str]]] = {}
        self._bands: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
        self._questions: dict[str, list[int]] = defaultdict(list)
        self._next = 0
        for seed in seeds:
            self.add(seed if isinstance(seed, Known) else Known(*seed))

    @classmethod
    def over(cls, *below: SeedsIndex) -> SeedsIndex:
        """An empty index that also answers from those below it."""
        return cls((), below)

    def __len__(self) -> int:
        return len(self._known) + sum(len(index) for index in self._below)

    def add(self, seed: Known) -> int:
        """Take one seed in; the number that comes back takes it out again."""
        number, self._next = self._next, self._next + 1
        tokens = shingles(seed.question, seed.answer)
        self._known[number] = (seed, tokens)
        for key in _keys(tokens):
            self._bands[key].append(number)
        self._questions[normal(seed.question)].append(number)
        return number

    def add_leaf(self, leaf: Leaf, pull: int | None = None, author: str | None = None) -> list[int]:
        """Take all seeds of a leaf in."""
        return [self.add(Known(leaf.file, s.question, s.answer, s.context, pull, author)) for s in leaf.seeds]

    def remove(self, number: int) -> None:
        """Take one seed out, for a leaf that changed or a contribution that closed."""
        seed, tokens = self._known.pop(number)
        for key in _keys(tokens):
            self._bands[key].remove(number)
        self._questions[normal(seed.question)].remove(number)

    def near(self, question: str, answer: str, least: float = 0.5) -> Iterator[Near]:
        """Known seeds that share at least this much of their words, in no order."""
        tokens = shingles(question, answer)
        seen: set[int] = set()
        for key in _keys(tokens):
            for number in self._bands.get(key, ()):
                if number not in seen:
                    seen.add(number)
                    known, theirs = self._known[number]
                    share = jaccard(tokens, theirs)
                    if share >= least:
                        yield Near(known, share)
        for index in self._below:
            yield from index.near(question, answer, least)

    def asked(self, question: str) -> Iterator[Known]:
        """Known seeds that ask the same question, layout and punctuation aside."""
        for number in self._questions.get(normal(question), ()):
            yield self._known[number][0]
        for index in self._below:
            yield from index.asked(question)


def _keys(tokens: frozenset[str]) -> list[tuple[int, tuple[int, ...]]]:
    if not tokens:
        return []
    sketch = RMinHash(BANDS * ROWS, SEED)
    sketch.update(sorted(tokens))
    digest = sketch.digest()
    return [(band, tuple(digest[band * ROWS : band * ROWS + ROWS])) for band in range(BANDS)]
