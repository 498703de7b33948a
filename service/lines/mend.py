"""Push what a program can mend onto the branch that a contribution comes from.

The patches are those of its verdict's findings: they were made where strangers' bytes are read, and are held against
the file's lines again. What a patch uncovers is found by the next judgement, and mended by asking again.

The same fixes of the same revision give the same commit. So whoever dies between the push and the record, loses the
forge's answer, or asks while another is at it finds the commit there and knows it for ours; it is pushed once.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pygit2

from service import logs
from service.db import contributions
from service.db.tables import Contribution, Repository, Revision
from service.git import mended
from service.git.mirror import Target
from service.house import House
from service.lines import merge_on_forge, mirrors, rights, triage
from service.lines.states import BEFORE_MERGE
from service.placement.judge import NoJudge
from service.record.chain import append
from triage_rules.fix import Fix
from webhooks.event import Person
from webhooks.forge import Denied, Listing, MendedByPush, Mending, Moved, Remote

MENDED = "contribution.mended"
US = ("Upweight", "upweight@localhost")  # where the forge has no better name for us
ELSEWHERE = "Nobody can push to its branch from here; its author runs `upweight fix` on it."
NEWER = "It was pushed to meanwhile; ask again when that is judged."
CLOSED_TO_OTHERS = "its author lets nobody else push to this branch"

log = logs.named("mend")


class Made(NamedTuple):
    """A commit of ours, the head that it is built on, and how many things it mends."""

    commit: str
    on: str
    many: int


def push(house: House, repository: Repository, number: int, who: Person) -> int:
    """Make the commit and push it; gives how many things it mends. Raises ValueError with the reason where it can't.

    Raises OSError where the forge does not answer: asked again, it goes on where it was left.
    """
    forge = house.forge(repository)
    with house.database.read() as session:
        row = contributions.must(session, repository.id, number)
        revisions = contributions.revisions(session, repository.id, number)
    if not isinstance(forge, Mending | MendedByPush) or not isinstance(forge, Listing):
        raise ValueError(ELSEWHERE)
    try:
        by = (forge.signature() if isinstance(forge, MendedByPush) else None) or US
        if (left := _left(house, repository, row, revisions, by)) is not None:
            return _recorded(house, repository, number, left, who)
        made = _made(house.git(repository), row, row.head, _fixes(row), _seen(revisions, row.head), by)
        _put(house, repository, forge, row, made, who)
    except Denied as why:
        raise ValueError(_not_pushed(str(why))) from None
    many = _recorded(house, repository, number, made, who)
    if not isinstance(forge, Remote):  # another machine's forge tells of it by a delivery
        _take_in(house, repository, number)
    return many


def _fixes(row: Contribution) -> dict[str, list[Fix]]:
    if row.state not in BEFORE_MERGE:
        raise ValueError(f"It is {row.state}; there is nothing to mend but before the merge.")
    if row.verdict is None:
        raise ValueError("It is not judged yet; ask again when it is.")
    fixes = _patches(row.verdict)
    if not fixes:
        raise ValueError("Nothing of it is for a program to mend.")
    return fixes


def _patches(verdict: dict[str, Any]) -> dict[str, list[Fix]]:
    fixes: dict[str, list[Fix]] = defaultdict(list)
    for finding in verdict["findings"]:
        if finding.get("patch"):
            fixes[finding["path"]].append(Fix.from_json(finding["patch"]))
    return fixes


def _made(
    git: pygit2.Repository,
    row: Contribution,
    head: str,
    fixes: dict[str, list[Fix]],
    seen: float,
    by: tuple[str, str],
) -> Made:
    """The commit after `head`, always the same: its time is when that head was seen."""
    if head not in git:
        raise ValueError(NEWER)
    name, email = (" ".join(part.translate(_PLAIN).split()) for part in by)
    who = pygit2.Signature(name or US[0], email or US[1], int(seen or row.opened), 0)
    made = mended.commit(git, head, fixes, who)
    if made is None:
        raise ValueError("Nothing is left that a program can mend.")
    return Made(made[0], head, made[1])


_PLAIN = str.maketrans("<>\n\r\0", "     ")  # what can't stand in a commit's author


def _seen(revisions: list[Revision], head: str) -> float:
    return next((one.seen for one in reversed(revisions) if one.head == head), 0.0)


def _left(
    house: House,
    repository: Repository,
    row: Contribution,
    revisions: list[Revision],
    by: tuple[str, str],
) -> Made | None:
    """Our own commit that is its head already and that nobody wrote down: whoever pushed it died of a sudden."""
    before = next((one for one in reversed(revisions) if one.head != row.head), None)
    if before is None or not before.verdict or not (fixes := _patches(before.verdict)):
        return None
    try:
        made = _made(house.git(repository), row, before.head, fixes, before.seen, by)
    except ValueError:  # Git has forgotten that revision, or nothing of it could be mended
        return None
    return made if made.commit == row.head and not _known(house, repository, row.number, made) else None


def _put(
    house: House, repository: Repository, forge: Any, row: Contribution, made: Made, who: Person
) -> None:
    """Have the contribution at our commit, unless it is there. Raises Denied, OSError, ValueError."""
    pull = forge.pull(row.number)
    if pull is not None and pull.head == made.commit:
        return
    if pull is None:
        raise ValueError("It is not open on the forge any more.")
    if pull.head != row.head:
        raise ValueError(NEWER)
    try:
        if isinstance(forge, MendedByPush):
            pushed(house, repository, forge, row.number, made)
        elif pull.mends or rights.is_author(row, who):
            forge.mend(row.number, row.head, made.commit)
        else:
            raise Denied(CLOSED_TO_OTHERS)
    except Moved:  # by who asked beside us, or by its author
        now = forge.pull(row.number)
        if now is None or now.head != made.commit:
            raise ValueError(NEWER) from None


def pushed(house: House, repository: Repository, forge: Any, number: int, made: Made) -> None:
    """Push from our mirror to where the contribution comes from, if nothing newer is there.

    The token stays on its host, and the base branch is nobody's to mend.
    """
    source, here = forge.source(number), forge.git_url()
    mirror = mirrors.mirror(house, repository, forge)
    if mirror is None or urlsplit(source.url)[:2] != urlsplit(here)[:2]:
        raise Denied("it lies on another host, which gets no token of ours")
    if source.url.casefold() == here.casefold() and source.branch == repository.base_branch:
        raise Denied("it comes from the base branch itself")
    mirror.move(source.branch, made.on, made.commit, Target(source.url, forge.git_login))


def _not_pushed(why: str) -> str:
    shown = " ".join(why.split())[:400].rstrip(".")
    return f"I can't push to its branch: {shown}. `upweight fix` does the same on a clone of it."


def _known(house: House, repository: Repository, number: int, made: Made) -> bool:
    with house.database.read() as session:
        last = merge_on_forge.last(session, repository.id, MENDED, number)
    return last is not None and last["commit"] == made.commit


def _recorded(house: House, repository: Repository, number: int, made: Made, who: Person) -> int:
    """Write it down, once; gives how many things are mended."""
    told = {"by": f"{who.forge}/{who.id}", "head": made.on, "commit": made.commit, "mended": made.many}
    with house.database.write() as session:
        last = merge_on_forge.last(session, repository.id, MENDED, number)
        if last is None or last["commit"] != made.commit:
            append(session, repository.id, MENDED, told, number)
    return made.many


def _take_in(house: House, repository: Repository, number: int) -> None:
    forge = house.forge(repository)
    pull = forge.pull(number)
    if pull is None:
        return
    try:
        triage.seen(house, repository, forge.pushed(pull))
    except NoJudge as why:
        log.warning("not judged yet", repository=repository.id, number=number, why=str(why))
