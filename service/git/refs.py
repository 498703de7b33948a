"""Refs of the bare repository: the tips of branches, contributions' heads, tags."""

from __future__ import annotations

import pygit2
from pygit2.enums import ObjectType

PULL = "refs/pull/"


def tip(repo: pygit2.Repository, branch: str) -> pygit2.Commit | None:
    """The commit that a branch points at; None where there is no such branch."""
    try:
        return repo.references[f"refs/heads/{branch}"].peel(pygit2.Commit)
    except KeyError:
        return None


def contribution_heads(repo: pygit2.Repository) -> dict[int, str]:
    """The head of every contribution that the repository holds, by number."""
    heads = {}
    for name in repo.references:
        number = name.removeprefix(PULL).removesuffix("/head")
        if name == f"{PULL}{number}/head" and number.isdigit():
            heads[int(number)] = str(repo.references[name].peel(pygit2.Commit).id)
    return dict(sorted(heads.items()))


def tag(repo: pygit2.Repository, name: str, target: str, message: str, tagger: pygit2.Signature) -> str:
    """An annotated tag on `target`; twice is once. ValueError where it stands elsewhere."""
    known = repo.references.get(f"refs/tags/{name}")
    if known is None:
        return str(repo.create_tag(name, pygit2.Oid(hex=target), ObjectType.COMMIT, tagger, message))
    if str(known.peel(pygit2.Commit).id) != target:
        raise ValueError(f"The tag {name} stands on another commit already.")
    return str(known.target)
