"""Whose text was there first: of two open contributions that say the same, the later is told, whatever their numbers.

A number says who was opened first. A push may bring into an old contribution what a newer one has said for weeks, so
what counts is the first revision in which each of the two says it, by the time at which we saw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from triage_rules.index import Index, Known, Near
from triage_rules.keys import question_key, shingles
from triage_rules.taxonomy import Seed
from triage_rules.words import jaccard

# Of one contribution's former revisions, each for itself, so that nobody's fat ones keep another's from being read:
COMPARED = 50_000  # seeds that are held against what somebody else says: half a second at most
READ = 200  # leaves that are read
MOST_BYTES = 2 * 1024**2  # of these leaves: a second at most
MOST = 16  # contributions whose former revisions are read in a judgement

Seen = tuple[tuple[str, float], ...]  # heads and when we saw them, the oldest first
Said = Callable[[frozenset[str], int], bool]  # of a seed's words and of the key of its question
Leaves = Callable[[int, str], Iterable[str]]  # of a contribution's revision, by the ids of their blobs
Seeds = Callable[[int, str, str], Iterable[Seed]]  # of a leaf's blob in such a revision


@dataclass
class Room:
    """What may still be read and compared of a contribution's former revisions."""

    seeds: int = COMPARED
    leaves: int = READ
    bytes: int = MOST_BYTES


@dataclass
class Histories:
    """What open contributions said in their revisions, read when somebody asks and within bounds.

    A revision that can't be read is one that said nothing.
    """

    seen: Mapping[int, Seen]
    leaves: Leaves
    seeds: Seeds
    size: Callable[[str], int]  # of a blob, in bytes
    _blobs: dict[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    _texts: dict[str, list[tuple[frozenset[str], int]]] = field(default_factory=dict)
    _rooms: dict[int, Room] = field(default_factory=dict)

    def first(self, number: int, said: Said) -> float:
        """When a contribution first held a seed of which `said` is true; of none that is found, when its head came."""
        seen = self.seen[number]
        if number not in self._rooms:
            if len(self._rooms) >= MOST:
                return seen[-1][1]
            self._rooms[number] = Room()
        room = self._rooms[number]
        for head, at in seen[:-1]:
            for blob in self._of(number, head):
                texts = self._read(number, head, blob, room)
                room.seeds -= len(texts)
                if room.seeds < 0:
                    return seen[-1][1]
                if any(said(*text) for text in texts):
                    return at
        return seen[-1][1]

    def _of(self, number: int, head: str) -> tuple[str, ...]:
        if (number, head) not in self._blobs:
            self._blobs[number, head] = tuple(self.leaves(number, head))
        return self._blobs[number, head]

    def _read(self, number: int, head: str, blob: str, room: Room) -> list[tuple[frozenset[str], int]]:
        if blob not in self._texts and room.leaves and (size := self.size(blob)) <= room.bytes:
            room.leaves, room.bytes = room.leaves - 1, room.bytes - size
            self._texts[blob] = [
                (shingles(seed.question, seed.answer), question_key(seed.question))
                for seed in self.seeds(number, head, blob)
            ]
        return self._texts.get(blob, [])


class Firsts:
    """An index for one contribution: of what others have open only what they said before it did."""

    def __init__(self, index: Index, number: int, histories: Histories) -> None:
        self._index, self._number, self._histories = index, number, histories

    def near(self, question: str, answer: str, least: float = 0.5) -> Iterator[Near]:
        """Known seeds that share at least this much of their words, the nearest first."""
        they = _alike(shingles(question, answer), least)
        for near in self._index.near(question, answer, least):
            we = _alike(shingles(near.known.question, near.known.answer), least)
            if self._earlier(near.known, we, they):
                yield near

    def asked(self, question: str, context: str | None = None) -> Iterator[Known]:
        """Known seeds that ask the same, layout and punctuation aside."""
        meant = question_key(question)
        for known in self._index.asked(question, context):
            if self._earlier(known, _asks(meant), _asks(meant)):
                yield known

    def _earlier(self, known: Known, we: Said, they: Said) -> bool:
        """Did they say it before us? By their numbers where nobody kept their times."""
        if known.pull is None:
            return True
        theirs, ours = (self._histories.seen.get(number) for number in (known.pull, self._number))
        if not theirs or not ours:
            return known.pull < self._number
        if theirs[-1][1] < ours[0][1]:
            return True
        if ours[-1][1] < theirs[0][1]:
            return False
        first = self._histories.first
        own = first(self._number, we), self._number  # asked first: it is always among those that are read
        return (first(known.pull, they), known.pull) < own


def _alike(words: frozenset[str], least: float) -> Said:
    return lambda others, _key: jaccard(words, others) >= least


def _asks(question: int) -> Said:
    return lambda _words, key: key == question
