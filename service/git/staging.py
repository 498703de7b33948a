"""What was fetched lies apart first, under `refs/incoming/`; from there it becomes ours, and what happened is told.

So a branch that was pushed by force, a head that vanished and a tag that moved are facts to be looked at, and never an
error of the fetch; and what a fetch that was killed leaves locked is locked there alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec
import pygit2

INCOMING = "refs/incoming/"
REWOUND = "refs/upweight/rewound/"


class Fetched(msgspec.Struct, frozen=True):
    """What a fetch changed: the base branch from and to, heads and tags that are new to us.

    `rewound`: the branch was pushed by force, its former tip is kept under ``refs/upweight/rewound/``. `vanished` heads
    are gone from the forge, and ours is the last that we know. `clashes` are tags that stand elsewhere here than there.
    `too_large` heads were left where they are.
    """

    branch: tuple[str | None, str] | None = None
    rewound: bool = False
    heads: dict[int, str] = {}
    vanished: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()
    too_large: tuple[int, ...] = ()


def head_of(number: int) -> str:
    """Where a contribution's head stands here."""
    return f"refs/pull/{number}/head"


def take_over(repo: pygit2.Repository, branch: str, numbers: Iterable[int] | None) -> Fetched:
    """Make what was fetched ours; `numbers` are the heads that were asked for, None all of them."""
    asked = None if numbers is None else {f"pull/{number}/head" for number in numbers}
    there, ours = _refs(repo, branch, asked)
    moved, rewound = _branch(repo, branch, there, ours)
    heads, vanished = _heads(repo, there, ours, numbers)
    tags, clashes = _tags(repo, there, ours)
    return Fetched(moved, rewound, heads, vanished, tags, clashes)


def _refs(
    repo: pygit2.Repository, branch: str, asked: set[str] | None
) -> tuple[dict[str, str], dict[str, str]]:
    """What is incoming, by its short name, and ours; of heads only those that were asked for: there may be many."""
    there, ours = dict[str, str](), dict[str, str]()
    for raw in repo.raw_listall_references():
        name = raw.decode("utf-8", "replace")
        came = name.startswith(INCOMING)
        short = name.removeprefix(INCOMING if came else "refs/")
        kind = short.partition("/")[0]
        if (
            (kind == "pull" and (asked is None or short in asked))
            or kind == "tags"
            or short == f"heads/{branch}"
        ):
            (there if came else ours)[short if came else name] = str(repo.references[name].target)
    return there, ours


def _branch(
    repo: pygit2.Repository, branch: str, there: dict[str, str], ours: dict[str, str]
) -> tuple[tuple[str | None, str] | None, bool]:
    name = f"refs/heads/{branch}"
    new, old = there.get(f"heads/{branch}"), ours.get(name)
    if new is None or new == old:
        return None, False
    rewound = old is not None and not repo.descendant_of(pygit2.Oid(hex=new), pygit2.Oid(hex=old))
    if rewound and old is not None:  # kept first: contributions that it holds are read from there
        repo.references.create(f"{REWOUND}{old}", pygit2.Oid(hex=old), force=True)
    repo.references.create(name, pygit2.Oid(hex=new), force=True)
    return (old, new), rewound


def _heads(
    repo: pygit2.Repository, there: dict[str, str], ours: dict[str, str], numbers: Iterable[int] | None
) -> tuple[dict[int, str], tuple[int, ...]]:
    new = {number: oid for number, oid in _numbered(there, "pull/").items() if _commit(repo, oid)}
    known = _numbered(ours, "refs/pull/")
    asked = set(known) | set(new) if numbers is None else set(numbers)
    moved = {n: oid for n, oid in sorted(new.items()) if n in asked and known.get(n) != oid}
    for number, oid in moved.items():
        repo.references.create(head_of(number), pygit2.Oid(hex=oid), force=True)
    return moved, tuple(sorted(n for n in asked if n not in new))


def _numbered(refs: dict[str, str], under: str) -> dict[int, str]:
    found = {}
    for name, oid in refs.items():
        number = name.removeprefix(under).removesuffix("/head")
        if name == f"{under}{number}/head" and number.isdecimal():
            found[int(number)] = oid
    return found


def _commit(repo: pygit2.Repository, oid: str) -> bool:
    found = repo.get(pygit2.Oid(hex=oid))
    return isinstance(found, pygit2.Commit)


def _tags(
    repo: pygit2.Repository, there: dict[str, str], ours: dict[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A tag of ours stays where it is: it names a release, and that never moves."""
    came, clashes = [], []
    for short, oid in sorted(there.items()):
        name = f"refs/{short}"
        if not short.startswith("tags/") or ours.get(name) == oid:
            continue
        if name in ours:
            if not _alike(repo, ours[name], oid):
                clashes.append(short.removeprefix("tags/"))
            continue
        try:
            repo.references.create(name, pygit2.Oid(hex=oid))
            came.append(short.removeprefix("tags/"))
        except (ValueError, pygit2.GitError, OSError):  # a name that has no room beside one of ours
            clashes.append(short.removeprefix("tags/"))
    return tuple(came), tuple(clashes)


def _alike(repo: pygit2.Repository, one: str, other: str) -> bool:
    """Whether two tags stand on the same commit: a forge makes its own tag object of a release that we tagged."""
    try:
        mine, theirs = (repo[oid].peel(pygit2.Commit).id for oid in (one, other))
    except (KeyError, ValueError, pygit2.GitError):
        return False
    return bool(mine == theirs)


def forget(repo: pygit2.Repository, numbers: Iterable[int]) -> int:
    """Let go of contributions' heads (gives how many), and of single commits that were asked for once."""
    gone = 0
    for name in [name for name in repo.references if name.startswith(f"{INCOMING}commit/")]:
        repo.references.delete(name)
    for number in numbers:
        for name in (head_of(number), f"{INCOMING}pull/{number}/head"):
            if name in repo.references:
                repo.references.delete(name)
                gone += name == head_of(number)
    return gone


def mend(folder: Path, older_than: float) -> None:
    """Clear away what a fetch that was killed has left: its packs that are no packs, and its locks.

    A lock outside of what is incoming may be another's, who holds it for an instant: it goes when it is older than that
    moment. Nothing else writes packs here, since whoever fetches or tidies holds the turn.
    """
    for pattern in ("objects/pack/tmp_*", "objects/pack/.tmp-*", "refs/incoming/**/*.lock"):
        for file in folder.glob(pattern):
            file.unlink(missing_ok=True)
    for pattern in ("*.lock", "refs/**/*.lock"):
        for file in folder.glob(pattern):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < older_than:
                    file.unlink(missing_ok=True)
