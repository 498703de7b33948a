"""Documents that lie in a Git repository of the operator's own: a mirror, or what a contributor has on disk.

Nothing is fetched, so neither host nor network matters; the commit alone says which text is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygit2

from service.facts.files import Room, TooLarge, chosen, odd, read_file
from triage_rules.contribution import Contribution
from triage_rules.facts import Cited, CitedFile, Document, Documents, cited_by
from triage_rules.shortening import shortened, together

_DEEP = 64
_LACKS = "the repository that --documents names has no such commit"


def read(place: Path, cited: Cited) -> Document | None:
    """The document as the mirror has it; None where it does not have that commit."""
    if len(cited.commit) < 7:
        return None
    try:
        mirror = pygit2.Repository(str(place))
        tree = mirror[cited.commit].peel(pygit2.Commit).tree
    except (KeyError, ValueError, pygit2.GitError):
        return None
    try:
        entries = chosen(_entries(tree), cited.patterns)
        return Document(cited, "there", files=shortened(_files(mirror, entries)))
    except TooLarge as why:
        return Document(cited, "too-large", str(why))


def documents_of(place: Path | None, contribution: Contribution) -> Documents | None:
    """The documents that a contribution cites as a mirror has them; None where there is no mirror.

    What it lacks may be fetched into it, so that says nothing of the leaf: it is not looked at, and that is said.
    """
    if place is None:
        return None
    found = (read(place, cited) or Document(cited, "later", _LACKS) for cited in cited_by(contribution))
    return Documents(together(found))


def _entries(tree: pygit2.Tree, prefix: str = "", depth: int = 0) -> Iterator[tuple[int, str, str]]:
    for entry in tree:
        path = f"{prefix}{entry.name}"
        if isinstance(entry, pygit2.Tree):
            if depth < _DEEP:
                yield from _entries(entry, f"{path}/", depth + 1)
        else:
            yield int(entry.filemode or 0), str(entry.id), path


def _files(mirror: pygit2.Repository, entries: list[tuple[int, str, str]]) -> Iterator[CitedFile]:
    room = Room()
    for mode, name, path in entries:
        if (strange := odd(mode, path)) is not None:
            yield strange
            continue
        blob = mirror.get(name)
        if not isinstance(blob, pygit2.Blob) or not room.take(blob.size):
            yield CitedFile(path, wrong="too large")
        else:
            yield read_file(path, blob.data)
