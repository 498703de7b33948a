"""Push what a program can mend onto the branch that a contribution comes from.

The patches are those of its verdict's findings: they were made where strangers' bytes are read, and are held against
the file's lines again. What a patch uncovers is found by the next judgement, and mended by asking again.
"""

from __future__ import annotations

import time
from collections import defaultdict

import pygit2

from service import logs
from service.db import contributions
from service.db.tables import Contribution, Repository
from service.git import mended
from service.house import House
from service.lines import rights, triage
from service.lines.states import BEFORE_MERGE
from service.placement.judge import NoJudge
from service.record.chain import append
from triage_rules.fix import Fix
from webhooks.event import Person
from webhooks.forge import Denied, Listing, Mending, Moved, Remote

log = logs.named("mend")


def push(house: House, repository: Repository, number: int, who: Person) -> int:
    """Make the commit and push it; gives how many things it mends. Raises ValueError with the reason where it can't."""
    forge = house.forge(repository)
    with house.database.read() as session:
        row = contributions.must(session, repository.id, number)
    fixes = _fixes(row)
    if not isinstance(forge, Mending) or not isinstance(forge, Listing):
        raise ValueError("Nobody can push to its branch from here; its author runs `upweight fix` on it.")
    pull = forge.pull(number)
    if pull is None or pull.head != row.head:
        raise ValueError("It was pushed to meanwhile; ask again when that is judged.")
    if not pull.mends and not rights.is_author(row, who):
        raise ValueError(
            "Its author lets nobody else push to this branch; they say `fix` themselves, or run `upweight fix`."
        )
    git = house.git(repository)
    made = mended.commit(
        git, row.head, fixes, pygit2.Signature("Upweight", "upweight@localhost", int(time.time()), 0)
    )
    if made is None:
        raise ValueError("Nothing is left that a program can mend.")
    commit, many = made
    try:
        forge.mend(number, row.head, commit)
    except Moved:
        raise ValueError("It was pushed to meanwhile; ask again when that is judged.") from None
    except (Denied, OSError) as why:
        raise ValueError(f"The forge did not take it: {str(why)[:200]}.") from None
    with house.database.write() as session:
        told = {"by": f"{who.forge}/{who.id}", "head": row.head, "commit": commit, "mended": many}
        append(session, repository.id, "contribution.mended", told, number)
    if not isinstance(forge, Remote):  # another machine's forge tells of it by a delivery
        _take_in(house, repository, number)
    return many


def _fixes(row: Contribution) -> dict[str, list[Fix]]:
    if row.state not in BEFORE_MERGE or row.verdict is None:
        raise ValueError(f"It is {row.state}; there is nothing to mend before the merge.")
    fixes: dict[str, list[Fix]] = defaultdict(list)
    for finding in row.verdict["findings"]:
        if finding.get("patch"):
            fixes[finding["path"]].append(Fix.from_json(finding["patch"]))
    if not fixes:
        raise ValueError("Nothing of it is for a program to mend.")
    return fixes


def _take_in(house: House, repository: Repository, number: int) -> None:
    forge = house.forge(repository)
    pull = forge.pull(number)
    if pull is None:
        return
    try:
        triage.seen(house, repository, forge.pushed(pull))
    except NoJudge as why:
        log.warning("not judged yet", repository=repository.id, number=number, why=str(why))
