"""What a rule asks of the known seeds, answered from the store as it stood at one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import numpy as np

from service.facts.store import Text, path_of, thawed, word_chunks, word_id
from triage_rules.index import ASKED, Known, Near, in_order, nearest_first
from triage_rules.keys import context_key, question_key, set_key, shingles, signed
from triage_rules.overlap import MOST, Entries, candidates
from triage_rules.words import jaccard

SLICE = 500  # words of one query
Place = tuple[str, int | None, str | None]  # path, and number and author of the open contribution


class Lookup:
    """An index for rules: the tree, and those open contributions that count as known (number: head and author)."""

    def __init__(self, connection: sqlite3.Connection, before: Mapping[int, tuple[str, str | None]]) -> None:
        self._ask, self._before = connection.execute, before
        self._texts: dict[int, tuple[Text, ...]] = {}
        self._places: dict[int, list[Place]] = {}

    def near(self, question: str, answer: str, least: float = 0.5) -> Iterator[Near]:
        """Known seeds that share at least this much of their words, the nearest first; at most so many."""
        tokens = shingles(question, answer)
        found = candidates(len(tokens), self._held(tokens), self._holders, least)
        near: list[Near] = []
        left = MOST
        for leaf, place in self._rows(signed(set_key(tokens)), found):
            text = self._leaf(leaf)[place]
            share = jaccard(tokens, shingles(text.question, text.answer))
            known = [self._known(text, each) for each in self._placed(leaf)][:left]
            left -= len(known)
            near += [Near(each, share) for each in known if share >= least]
            if not left:
                break
        yield from nearest_first(near)

    def _held(self, tokens: frozenset[str]) -> list[tuple[int, int]]:
        """How many sets have each word, rarest first."""
        ids = {word_id(word): word for word in tokens}
        held = dict.fromkeys(ids, 0)
        listed = list(ids)
        for begin in range(0, len(listed), SLICE):
            some = listed[begin : begin + SLICE]
            held |= dict(self._ask(f"SELECT * FROM word WHERE word IN ({','.join('?' * len(some))})", some))
        return [(count, word) for count, _name, word in sorted((held[i], ids[i], i) for i in ids)]

    def _holders(self, word: int) -> Entries:
        rows = self._ask("SELECT entries FROM holders WHERE chunk BETWEEN ? AND ?", word_chunks(word))
        return np.frombuffer(b"".join(row[0] for row in rows), dtype="<u4")

    def _rows(self, own: int, entries: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Leaf and place of seeds: those of the same words, then those of each entry."""
        yield from self._ask("SELECT leaf, place FROM seed WHERE sets = ? LIMIT ?", (own, 4 * MOST))
        for entry in entries:
            first = signed(entry << 32)
            yield from self._ask(
                "SELECT leaf, place FROM seed WHERE sets BETWEEN ? AND ? AND sets <> ? LIMIT ?",
                (first, first | 0xFFFFFFFF, own, 4 * MOST),
            )

    def asked(self, question: str, context: str | None = None) -> Iterator[Known]:
        """Known seeds that ask the same, layout and punctuation aside; those with this context before others."""
        key, meant = question_key(question), context_key(context)
        rows = "SELECT leaf, place FROM asked WHERE question = ? AND context"
        same, other = f"{rows} = ? ORDER BY sets", f"{rows} <> ? ORDER BY context, sets"
        yield from in_order(
            known for query in (same, other) for known in self._first(self._ask(query, (key, meant)))
        )

    def _first(self, rows: Iterable[tuple[int, int]]) -> list[Known]:
        found: list[Known] = []
        for leaf, place in islice(rows, 4 * ASKED):  # some of them may be in no tree any more
            found += [self._known(self._leaf(leaf)[place], each) for each in self._placed(leaf)]
            if len(found) >= ASKED:
                break
        return found[:ASKED]

    def _leaf(self, leaf: int) -> tuple[Text, ...]:
        if leaf not in self._texts:
            self._texts[leaf] = thawed(
                self._ask("SELECT seeds FROM leaf WHERE id = ?", (leaf,)).fetchone()[0]
            )
        return self._texts[leaf]

    def _placed(self, leaf: int) -> list[Place]:
        """Where a leaf stands now: in the tree, and in open contributions that count; nowhere for a former one."""
        if leaf not in self._places:
            tree = self._ask("SELECT path FROM tree WHERE leaf = ? ORDER BY path LIMIT ?", (leaf, ASKED))
            places: list[Place] = [(path_of(path), None, None) for (path,) in tree]
            query = "SELECT pull, head, path FROM open_leaf WHERE leaf = ? ORDER BY pull, path"
            for pull, head, path in self._ask(query, (leaf,)):
                known = self._before.get(pull)
                if known is not None and known[0] == head:
                    places.append((path_of(path), pull, known[1]))
            self._places[leaf] = places
        return self._places[leaf]

    @staticmethod
    def _known(text: Text, place: Place) -> Known:
        path, pull, author = place
        return Known(path, text.question, text.answer, text.context, pull, author)
