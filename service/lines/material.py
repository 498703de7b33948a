"""What a batch is made from: its members' leaves as jobs read them.

A member brings the seeds that its own commits added, so that one contribution can be taken out of a leaf that two
have extended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pygit2

from service.db.tables import Contribution, Repository
from triage_rules.facts import matches
from triage_rules.taxonomy import Leaf, Seed, read_leaf

QNA = "qna.yaml"
Words = tuple[str, str, str | None]  # question, answer, context: what makes a seed the same seed


@dataclass(frozen=True)
class Brought:
    """What a contribution brings into a batch: leaves as jobs read them, and what people should know of them."""

    leaves: list[dict[str, Any]]
    notes: list[str]


def member_leaves(
    git: pygit2.Repository,
    repository: Repository,
    member: Contribution,
    held: Iterable[Contribution] = (),
) -> Brought:
    """The leaves of one merged contribution, each with the seeds that it added and the documents it cites.

    A leaf to which it added no seed (a word mended, a seed taken away) gives no rows, so it is left out. Seeds of
    the same author's `held` back contributions lie in the base branch already and are in no model: the contribution
    that comes back with them brings them.
    """
    mine = [h for h in held if (h.author_forge, h.author_id) == (member.author_forge, member.author_id)]
    found, notes = [], []
    for path, leaf, seeds in _added(git, member, mine):
        if not seeds:
            notes.append(f"#{member.number} adds no seed to {path}: no rows are made of it.")
            continue
        documents, why = _documents(repository, leaf)
        notes += [f"#{member.number}, {path}: {one}" for one in why]
        found.append(_job_leaf(git, leaf, path, seeds, member, documents))
    return Brought(found, notes)


def _added(
    git: pygit2.Repository, member: Contribution, held: Iterable[Contribution] = ()
) -> Iterator[tuple[str, Leaf, list[Seed]]]:
    """Path, leaf and added seeds of every leaf that a contribution touches and that is there at its head."""
    out: dict[str, set[Words]] = {}
    for other in held:
        for path, _, seeds in _added(git, other):
            out.setdefault(path, set()).update(map(_words, seeds))
    for path, old, leaf in versions(git, member):
        if leaf is None:
            continue
        known = {_words(seed) for seed in old.seeds} - out.get(path, set()) if old else set()
        yield path, leaf, [seed for seed in leaf.seeds if _words(seed) not in known]


def versions(git: pygit2.Repository, member: Contribution) -> Iterator[tuple[str, Leaf | None, Leaf | None]]:
    """Path of every leaf that a contribution touches, as it was before and as it is at its head; None: not there."""
    head = git[member.head].peel(pygit2.Commit)
    base = git.merge_base(head.id, _first_parent_of(git, member)) if member.merged else None
    before = git[base].peel(pygit2.Commit).tree if base else None
    for path in sorted(member.leaves):
        yield path, _leaf(before, path) if before else None, _leaf(head.tree, path)


def _words(seed: Seed) -> Words:
    return seed.question, seed.answer, seed.context


def _first_parent_of(git: pygit2.Repository, member: Contribution) -> pygit2.Oid:
    merged = git[member.merged or member.head].peel(pygit2.Commit)
    return merged.parent_ids[0] if merged.parent_ids else merged.id


def _blob(tree: pygit2.Tree, path: str) -> bytes | None:
    try:
        entry = tree[path]
    except KeyError:
        return None
    return entry.data if isinstance(entry, pygit2.Blob) else None


def _leaf(tree: pygit2.Tree, path: str) -> Leaf | None:
    data = _blob(tree, f"{path}/{QNA}")
    return read_leaf(f"{path}/{QNA}", data)[0] if data is not None else None


def _job_leaf(
    git: pygit2.Repository,
    leaf: Leaf,
    path: str,
    seeds: Iterable[Seed],
    member: Contribution,
    documents: list[dict[str, str]],
) -> dict[str, Any]:
    text = _blob(git[member.head].peel(pygit2.Commit).tree, f"{path}/{QNA}") or b""
    return {
        "path": path,
        "kind": leaf.kind,
        "task_description": leaf.task_description or "",
        "domain": leaf.domain or "",
        "document_outline": leaf.document_outline or "",
        "seeds": [{"question": s.question, "answer": s.answer, "context": s.context} for s in seeds],
        "documents": documents,
        "pull": member.number,
        "author": member.author_id,
        "blob": hashlib.sha256(text).hexdigest(),
    }


def _documents(repository: Repository, leaf: Leaf) -> tuple[list[dict[str, str]], list[str]]:
    """The cited documents, read from the operator's mirror of them at the cited commit, and what was not found.

    A contributor writes the commit and the patterns, so nothing that stands there may stop a batch.
    """
    if leaf.document is None or repository.documents is None:
        return [], []
    commit = leaf.document.commit
    try:
        tree = pygit2.Repository(repository.documents)[commit].peel(pygit2.Commit).tree
    except (KeyError, ValueError, pygit2.GitError):
        return [], [f"the commit {commit[:40]!r} is not in the mirror of the documents; none is read."]
    found, notes = [], []
    for name in _paths(tree):
        if any(matches(name, pattern) for pattern in leaf.document.patterns):
            try:
                found.append({"path": name, "text": (_blob(tree, name) or b"").decode("utf-8")})
            except UnicodeDecodeError:
                notes.append(f"the document {name!r} is not UTF-8 and is not read.")
    if not found and not notes:
        notes.append("no file of the documents has a name that it cites; none is read.")
    return found, notes


def _paths(tree: pygit2.Tree, prefix: str = "") -> list[str]:
    names: list[str] = []
    for entry in tree:
        name = f"{prefix}{entry.name}"
        names += _paths(entry, f"{name}/") if isinstance(entry, pygit2.Tree) else [name]
    return names
