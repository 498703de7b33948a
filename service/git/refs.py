"""Refs of the bare repository: the tips of branches, contributions' heads, tags."""

from __future__ import annotations

import pygit2
from pygit2.enums import ObjectType

from webhooks.forge import Moved

PULL = "refs/pull/"


def tip(repo: pygit2.Repository, branch: str) -> pygit2.Commit | None:
    """The commit that a branch points at; None where there is no such branch."""
    try:
        return repo.references[f"refs/heads/{branch}"].peel(pygit2.Commit)
    except KeyError:
        return None


def advance(repo: pygit2.Repository, branch: str, old: str, new: str) -> None:
    """Fast-forward a branch of this repository from `old` to `new`. Raises Moved where it is not at `old`."""
    name = f"refs/heads/{branch}"
    if not repo.descendant_of(pygit2.Oid(hex=new), pygit2.Oid(hex=old)):
        raise ValueError(f"{new} does not follow on {old}.")
    try:
        with repo.transaction() as moves:
            moves.lock_ref(name)
            if str(repo.references[name].target) != old:
                raise Moved(f"{branch} is not at {old[:12]} any more.")
            moves.set_target(name, pygit2.Oid(hex=new))
    except (KeyError, pygit2.GitError) as why:  # it is gone, or another writer holds its lock
        raise Moved(f"{branch} can't be moved now: {why}") from None


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
