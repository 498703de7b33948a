"""OWNERS files of the base branch: who may decide about what lies below a folder.

A line names one person (`@login`) or group (`@org/team`), as many as there are lines; what follows `#` is a comment.
Names below `reviewers:` may do all that a triager may but for approving, names below `approvers:`, or below no heading,
may approve too. The nearest file up the tree counts for a path, and no other. Where a file can't be read to its end,
because a line makes no sense or it is too long, it names nobody: a slip of the pen shall lock, not open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

import pygit2

from service.git import read

FILE = "OWNERS"
MOST_BYTES, MOST_NAMES = 64_000, 500
MOST_PATHS, MOST_FILES = 2_000, 50  # of one contribution; of more nobody is an owner
APART = (".upweight/",)  # what decides about deciding has owners of its own, or none
_LOGIN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_NAME = re.compile(rf"(?:- +)?@({_LOGIN}(?:/{_LOGIN}){{0,9}})")


class Role(IntEnum):
    """What an OWNERS file makes of a person."""

    none = 0
    reviewer = 1
    approver = 2


@dataclass(frozen=True)
class Owners:
    """The names in one file, without `@`; a group holds a slash."""

    approvers: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()

    def role(self, is_named: Callable[[str], bool]) -> Role:
        """What it makes of whoever `is_named` knows."""
        if any(map(is_named, self.approvers)):
            return Role.approver
        return Role.reviewer if any(map(is_named, self.reviewers)) else Role.none


NOBODY = Owners()


def parse(data: bytes) -> Owners:
    """The names of a file; nobody where any of it makes no sense."""
    try:
        lines = data.decode("utf-8").split("\n") if len(data) <= MOST_BYTES else None
    except UnicodeDecodeError:
        lines = None
    if lines is None:
        return NOBODY
    named: dict[str, list[str]] = {"approvers:": [], "reviewers:": []}
    below = "approvers:"
    for line in (line.partition("#")[0].strip() for line in lines):
        found = _NAME.fullmatch(line)
        if found:
            named[below].append(found.group(1))
        elif line in named:
            below = line
        elif line:
            return NOBODY
    if sum(map(len, named.values())) > MOST_NAMES:
        return NOBODY
    return Owners(tuple(named["approvers:"]), tuple(named["reviewers:"]))


def touched(git: pygit2.Repository, branch: str, head: str) -> list[str] | None:
    """The paths that a contribution changes, adds or takes away; None where they are too many, or can't be told."""
    try:
        tip, new = read.commit_at(git, f"refs/heads/{branch}"), read.commit_at(git, head)
    except read.NoSuchRevision:
        return None
    base = read.merge_base(git, tip, new)
    if base is None:
        return None
    paths = {change.path for change in islice(read.changes(base.tree, new.tree), MOST_PATHS + 1)}
    return sorted(paths) if 0 < len(paths) <= MOST_PATHS else None


def role_for(
    git: pygit2.Repository, branch: str, paths: Iterable[str], is_named: Callable[[str], bool]
) -> Role:
    """The least role that the files of the base branch give one person over all of these paths."""
    tree = read.commit_at(git, f"refs/heads/{branch}").tree
    places = {_nearest(tree, path) for path in paths}
    if None in places or not places or len(places) > MOST_FILES:
        return Role.none
    return min(_read(git, tree, place or "").role(is_named) for place in places)


def _nearest(tree: pygit2.Tree, path: str) -> str | None:
    """The path of the file that counts for `path`; for an OWNERS file one further up, since none appoints itself."""
    folder, _, name = path.rpartition("/")
    if name == FILE:
        if not folder:
            return None
        folder = folder.rpartition("/")[0]
    root = next((apart.rstrip("/") for apart in APART if path.startswith(apart)), "")
    while True:
        place = f"{folder}/{FILE}" if folder else FILE
        if folder.startswith(root) and place in tree:
            return place
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def _read(git: pygit2.Repository, tree: pygit2.Tree, place: str) -> Owners:
    data = read.blob_bytes(tree[place])
    return parse(data) if data is not None else NOBODY
