"""Leaves among the files of a change, and the seeds of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pygit2

from service.git import read
from triage_rules import taxonomy
from triage_rules.contribution import SYMLINK
from triage_rules.taxonomy import Seed, is_leaf_yaml

Placed = tuple[str, pygit2.Oid]  # path and blob


def leaves_since(git: pygit2.Repository, base: pygit2.Commit, head: str) -> Iterator[Placed]:
    """The leaves that a head brings or changes, by path and blob. Raises NoSuchRevision."""
    return leaves(read.changes(base.tree, read.commit_at(git, head).tree))


def seeds_of(git: pygit2.Repository, oid: pygit2.Oid | str) -> tuple[Seed, ...]:
    """The seeds of a leaf's blob; they are the same wherever it lies."""
    data = bytes(git[oid].peel(pygit2.Blob).data[: read.MAX_BLOB])
    leaf = taxonomy.read("knowledge/a/qna.yaml", data).leaf
    return leaf.seeds if leaf is not None else ()


def leaves(found: Iterable[read.Change]) -> Iterator[Placed]:
    """The YAML files of leaves that are there after a change."""
    for change in found:
        if (
            isinstance(change.new, pygit2.Blob)
            and change.new.filemode != SYMLINK
            and is_leaf_yaml(change.path)
        ):
            yield change.path, change.new.id
