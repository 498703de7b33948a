"""What a batch is made from: its members' leaves as jobs read them, and the items that it is measured on.

A member brings the seeds that its own commits added, so that one contribution can be taken out of a leaf that two
have extended. The exam is not the contributor's: items lie under `evaluation/`, which maintainers alone change.
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pygit2
import yaml

from eval_harness.items import items_of
from service.db.tables import Contribution, Repository
from triage_rules.taxonomy import Leaf, read_leaf

QNA = "qna.yaml"


def member_leaves(
    git: pygit2.Repository, repository: Repository, member: Contribution
) -> list[dict[str, Any]]:
    """The leaves of one merged contribution, each with the seeds that it added and the documents it cites."""
    head = git[member.head].peel(pygit2.Commit)
    base = git.merge_base(head.id, _first_parent_of(git, member)) if member.merged else None
    before = git[base].peel(pygit2.Commit).tree if base else None
    found = []
    for path in sorted(member.leaves):
        leaf = _leaf(head.tree, path)
        if leaf is None:
            continue
        old = _leaf(before, path) if before else None
        known = {(s.question, s.answer, s.context) for s in old.seeds} if old else set()
        seeds = [s for s in leaf.seeds if (s.question, s.answer, s.context) not in known]
        found.append(_job_leaf(git, repository, leaf, path, seeds, member))
    return found


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
    repository: Repository,
    leaf: Leaf,
    path: str,
    seeds: Iterable[Any],
    member: Contribution,
) -> dict[str, Any]:
    text = _blob(git[member.head].peel(pygit2.Commit).tree, f"{path}/{QNA}") or b""
    return {
        "path": path,
        "kind": leaf.kind,
        "task_description": leaf.task_description or "",
        "domain": leaf.domain or "",
        "document_outline": leaf.document_outline or "",
        "seeds": [{"question": s.question, "answer": s.answer, "context": s.context} for s in seeds],
        "documents": _documents(repository, leaf),
        "pull": member.number,
        "author": member.author_id,
        "blob": hashlib.sha256(text).hexdigest(),
    }


def _documents(repository: Repository, leaf: Leaf) -> list[dict[str, str]]:
    """The cited documents, read from the operator's mirror of them at the cited commit."""
    if leaf.document is None or repository.documents is None:
        return []
    mirror = pygit2.Repository(repository.documents)
    tree = mirror[leaf.document.commit].peel(pygit2.Commit).tree
    names = [n for n in _paths(tree) if any(fnmatch.fnmatchcase(n, p) for p in leaf.document.patterns)]
    return [{"path": n, "text": (_blob(tree, n) or b"").decode("utf-8")} for n in names]


def _paths(tree: pygit2.Tree, prefix: str = "") -> list[str]:
    names: list[str] = []
    for entry in tree:
        name = f"{prefix}{entry.name}"
        names += _paths(entry, f"{name}/") if isinstance(entry, pygit2.Tree) else [name]
    return names


def leaf_items(git: pygit2.Repository, branch: str, leaf: str) -> list[dict[str, Any]]:
    """The items of one leaf, from `evaluation/<leaf>/items.yaml` at the tip of the base branch."""
    tree = git.branches[branch].peel(pygit2.Commit).tree
    data = _blob(tree, f"evaluation/{leaf}/items.yaml")
    return [item.to_json() for item in items_of(leaf, yaml.safe_load(data))] if data else []


def guard_items(folder: str | None) -> list[dict[str, Any]]:
    """The general guard: a group a file, each question a cluster of its own."""
    root = Path(folder) if folder else Path(str(files("service.demo"))) / "data" / "guard"
    found: list[dict[str, Any]] = []
    for file in sorted(root.glob("*.yaml")):
        group = items_of(f"guard/{file.stem}", yaml.safe_load(file.read_bytes()), guard=True)
        found += [item.to_json() for item in group]
    return found
