"""The index of seeds: of the tree, and of the other open contributions that came before.

Kept up by difference, so that judging one contribution does not read all the others again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Protocol

import pygit2

from service.git import read
from triage_rules.index import SeedsIndex
from triage_rules.taxonomy import Leaf

Key = tuple[int, str]  # number and head


class Before(Protocol):
    """An open contribution that came before."""

    @property
    def number(self) -> int: ...
    @property
    def head(self) -> str: ...
    @property
    def author_id(self) -> str: ...


class Seeds:
    """One repository's index, kept in memory. `reading` hears whose leaves are read, just before."""

    def __init__(self, reading: Callable[[int, str], None] = lambda _number, _head: None) -> None:
        self._reading = reading
        self._lock = threading.Lock()
        self._reader = read.LeafReader()
        self._tree: tuple[str, SeedsIndex] | None = None
        self._open = SeedsIndex()
        self._in: dict[Key, list[int]] = {}
        self._leaves: dict[Key, tuple[Leaf, ...]] = {}

    def index(self, git: pygit2.Repository, tip: pygit2.Commit, before: Iterable[Before]) -> SeedsIndex:
        """Tree and the contributions `before`, as one index. The caller reads it before anybody asks again."""
        wanted = {(row.number, row.head): row for row in before}
        with self._lock:
            if self._tree is None or self._tree[0] != str(tip.tree_id):
                self._tree = (str(tip.tree_id), read.seeds_of_tree(tip, self._reader))
            if any(number > max((n for n, _ in wanted), default=0) for number, _ in self._in):
                return SeedsIndex.over(self._tree[1], self._fresh(git, tip, wanted))
            for key in [key for key in self._in if key not in wanted]:
                for number in self._in.pop(key):
                    self._open.remove(number)
            for key, row in wanted.items():
                if key not in self._in:
                    leaves = self._leaves_of(git, tip, row)
                    self._in[key] = [
                        i for x in leaves for i in self._open.add_leaf(x, row.number, row.author_id)
                    ]
            return SeedsIndex.over(self._tree[1], self._open)

    def _fresh(self, git: pygit2.Repository, tip: pygit2.Commit, wanted: dict[Key, Before]) -> SeedsIndex:
        """An index of its own for one that is judged again while later ones are known."""
        index = SeedsIndex()
        for row in wanted.values():
            for leaf in self._leaves_of(git, tip, row):
                index.add_leaf(leaf, row.number, row.author_id)
        return index

    def _leaves_of(self, git: pygit2.Repository, tip: pygit2.Commit, row: Before) -> tuple[Leaf, ...]:
        key = (row.number, row.head)
        if key not in self._leaves:
            self._reading(*key)
            base = read.merge_base(git, tip, read.commit_at(git, row.head)) or tip
            self._leaves[key] = tuple(read.contribution(git, str(base.id), row.head).leaves)
        return self._leaves[key]
