"""A batch on a ref of its own, where the policy merges after the measurement: its members merged one upon the other.

What is measured is what this ref holds. Its members are shown as merged only when the base branch has moved on to it
(service/lines/landing.py); until then their merges stand in the batch's spec.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pygit2
from sqlmodel import Session

from service.db import contributions
from service.db.tables import Batch, Contribution, Repository
from service.git import merge as git_merge
from service.git.merge import Conflict
from service.git.refs import tip
from service.house import House
from service.lines import mergeable, mirrors
from service.lines.states import State
from webhooks.forge import Denied


@dataclass(frozen=True)
class Stack:
    """The base, the commit above all members, each member's merge, and who does not fit."""

    base: str
    tip: str
    commits: dict[int, str] = field(default_factory=dict)
    conflicts: dict[int, Conflict] = field(default_factory=dict)


def ref_of(number: int) -> str:
    """Where a batch is merged."""
    return f"refs/upweight/batch/{number}"


def stack(git: pygit2.Repository, base: pygit2.Commit, rows: Iterable[Contribution]) -> Stack:
    """Merge these upon `base`, in their order; no ref moves. The same rows on the same base give the same commits.

    Who is in it already keeps the commit that brought it; who does not fit is left out.
    """
    top, commits, conflicts = base, dict[int, str](), dict[int, Conflict]()
    for row in rows:
        head = git[row.head].peel(pygit2.Commit)
        if found := git_merge.landed(git, top, head.id):
            commits[row.number] = found
            continue
        tree = git_merge.merged_tree(git, top, head)
        if isinstance(tree, Conflict):
            conflicts[row.number] = tree
            continue
        message, who = mergeable.commit_of(git, row)
        made = git.create_commit(None, who, who, message, tree, [top.id, head.id])
        commits[row.number] = str(made)
        top = git[made].peel(pygit2.Commit)
    return Stack(str(base.id), str(top.id), commits, conflicts)


def ready(house: House, repository: Repository) -> bool:
    """Judge what is approved once more, on a base branch as new as the forge's; False where that can't be had now."""
    numbers = mergeable.approved(house, repository)
    try:
        mirrors.refresh(house, repository, numbers)
    except (OSError, Denied) as why:
        mergeable.log.warning("no batch is formed yet", repository=repository.id, why=str(why))
        return False
    return len(list(mergeable.judged_again(house, repository, numbers))) == len(numbers)


def waiting(session: Session, repository: Repository, later: bool) -> list[Contribution]:
    """Who waits for a batch, by number: what is merged, and with `later` what is approved and merged after it."""
    rows = contributions.waiting_for_a_batch(session, repository.id)
    if later:
        rows += [
            row
            for row in mergeable.those_in(session, repository, State.approved)
            if mergeable.may_be(session, row) and row.batch is None
        ]
    return sorted(rows, key=lambda row: row.number)


def place(
    house: House, session: Session, repository: Repository, rows: list[Contribution], number: int
) -> Stack | None:
    """Merge those that are not merged yet on the ref of the new batch; None where all are.

    Who does not fit is told and is in no batch; a former batch's evidence against it is settled by its new revision.
    """
    mine = [row for row in rows if row.merged is None]
    git = house.git(repository)
    base = tip(git, repository.base_branch)
    if not mine or base is None:
        return None
    made = stack(git, base, mine)
    for row in mine:
        if row.number in made.conflicts:
            mergeable.conflicts(session, row, made.conflicts[row.number])
            row.updated = time.time()
        row.held = None
        session.add(row)
    git.references.create(ref_of(number), pygit2.Oid(hex=made.tip), force=True)
    return made


def seen(rows: list[Contribution], made: Stack | None) -> list[Contribution]:
    """The members as the batch reads them: with the commits that merge them there. Copies; the rows stay unmerged."""
    if made is None:
        return rows
    return [
        row if row.merged else Contribution(**{**row.model_dump(), "merged": made.commits[row.number]})
        for row in rows
    ]


def told(number: int, made: Stack | None) -> dict[str, Any]:
    """What the batch's spec says of it; nothing where all was merged before."""
    if made is None:
        return {}
    return {"ref": ref_of(number), "base": made.base, "merges": {str(n): c for n, c in made.commits.items()}}


def mix_of(session: Session, batch: Batch) -> list[Contribution]:
    """The members that are in the mix, in their order."""
    mix = (n for n in batch.members if n not in batch.held)
    return [session.get_one(Contribution, (batch.repository, n)) for n in mix]


def landed(session: Session, batch: Batch) -> bool:
    """Whether the base branch holds the whole mix: only then may a release be made of it."""
    return "ref" not in batch.spec or all(row.merged for row in mix_of(session, batch))
