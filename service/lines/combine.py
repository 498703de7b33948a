"""Two commands in which several contributions become one: `combine` makes the commit, `adopt` finds it made.

Whatever dies in between: the commit is always the same for the same heads, so who comes again finds it pushed and goes
on from there; and all that is written is one transaction, with the mark that the command was carried out.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from service import logs
from service.db import contributions
from service.db.tables import Contribution, Repository
from service.git import combined
from service.git.combined import Clash, Part
from service.house import House
from service.lines import join, mend, obey, rights, stale, triage
from service.lines.rights import Grant
from service.lines.states import BEFORE_MERGE, State
from service.placement.judge import NoJudge
from webhooks.event import Person
from webhooks.forge import Denied, Listing, MendedByPush, Mending, Moved, Remote

log = logs.named("combine")
AT_MOST = 10  # contributions that become one
BY_HAND = (
    "merge it into a branch of your own (git fetch REMOTE refs/pull/{n}/head, on GitLab refs/merge-requests/{n}/head; "
    "git merge FETCH_HEAD), push that as your contribution, and say `adopt #{n}` there."
)


def adopt(house: House, repository: Repository, number: int, other: int, who: Person) -> None:
    """Let `other` go on in contribution `number`, which holds its commits. Raises ValueError with the reason."""
    if other == number:
        raise ValueError(f"Say it under the contribution that goes on with it: {BY_HAND.format(n=other)}")
    grant = rights.grant(house, repository, obey.known()["adopt"], other, who)
    policy, git = house.policy(repository).judging, house.git(repository)
    with house.database.read() as session:
        into, one = _adoptable(session, repository, number, other, who, grant)
    if not combined.contains(git, into.head, one.head):
        raise ValueError(
            f"{into.head[:12]} does not hold {one.head[:12]}, the newest revision of contribution {other}: "
            f"{BY_HAND.format(n=other)}"
        )
    base = f"refs/heads/{repository.base_branch}"
    join.signed(combined.own_commits(git, base, one.head), one, policy)
    with house.database.write() as session:
        now = _adoptable(session, repository, number, other, who, grant)
        _unmoved(now, (into.head, one.head))
        join.join(session, now[0], now[1:], who, join.ADOPTED, into.head)
    _taken(house, repository, number, into.head)


def _adoptable(
    session: Session, repository: Repository, number: int, other: int, who: Person, grant: Grant
) -> list[Contribution]:
    """The one that goes on and the one that is taken over. Raises ValueError where that may not be.

    By the right to triage, or to own what it touches; the adopter alone where its author left it.
    """
    into = contributions.must(session, repository.id, number)
    one = contributions.must(session, repository.id, other)
    _may_lead(into)
    join.may_join(session, one)
    join.room(session, into, [one])
    if grant.no and not (rights.is_author(into, who) and _left(session, one)):
        raise ValueError(f"{grant.no} Its author has not left contribution {other}; who closes it leaves it.")
    if not grant.no and grant.head not in (None, one.head):
        raise ValueError(f"Contribution {other} has moved to {one.head[:12]}; look again.")
    return [into, one]


def _may_lead(row: Contribution) -> None:
    """Raises ValueError where nothing can go on in this one."""
    if row.state not in BEFORE_MERGE or row.state == State.rejected:
        raise ValueError(f"Contribution {row.number} is {row.state}: nothing can go on in it.")
    if row.verdict is None or triage.unreadable(row):
        raise ValueError(f"Contribution {row.number} is not judged yet; ask again when it is.")


def _unmoved(rows: Sequence[Contribution], heads: Sequence[str], pushed: str = "") -> None:
    """Raises ValueError where one of them has another head by now than was looked at (the first one: or `pushed`)."""
    for at, (row, head) in enumerate(zip(rows, heads, strict=True)):
        if row.head != head and not (at == 0 and row.head == pushed):
            raise ValueError(f"Contribution {row.number} was pushed to meanwhile; look again.")


def _left(session: Session, row: Contribution) -> bool:
    """Whether its author gave it up: it is closed, or they were asked, reminded, and said nothing."""
    return row.state == State.closed or stale.left(session, row)


def combine(house: House, repository: Repository, numbers: Sequence[int], who: Person) -> None:
    """Let all of these go on in the first. Raises ValueError with the reason, OSError where to try later."""
    if not 2 <= len(set(numbers)) == len(numbers) <= AT_MOST:
        raise ValueError(f"Name two to {AT_MOST} contributions, each once: the others go on in the first.")
    with house.database.read() as session:
        rows = _combinable(session, repository, numbers)
    for row in rows:
        _granted(house, repository, row, who)
    commit = _made(house, repository, rows)
    if commit != rows[0].head:
        _push(house, repository, rows[0], commit)
    with house.database.write() as session:
        now = _combinable(session, repository, numbers)
        _unmoved(now, [row.head for row in rows], commit)
        join.join(session, now[0], now[1:], who, join.COMBINED, commit)
    _taken(house, repository, numbers[0], commit)


def _combinable(session: Session, repository: Repository, numbers: Sequence[int]) -> list[Contribution]:
    """The rows, all open and held by nobody. Raises ValueError."""
    rows = [contributions.must(session, repository.id, number) for number in numbers]
    _may_lead(rows[0])
    for row in rows:
        join.may_join(session, row)
        if row.state in (State.closed, State.rejected):
            raise ValueError(f"Contribution {row.number} is {row.state}; `adopt` may take it over.")
        if row.draft:
            raise ValueError(f"Contribution {row.number} is a draft; its author says when it is ready.")
    join.room(session, rows[0], rows[1:])
    return rows


def _granted(house: House, repository: Repository, row: Contribution, who: Person) -> None:
    """Raises ValueError where this person may not say so of this one."""
    grant = rights.grant(house, repository, obey.known()["combine"], row.number, who)
    if grant.no:
        raise ValueError(f"Of contribution {row.number}: {grant.no}")
    if grant.head not in (None, row.head):
        raise ValueError(f"Contribution {row.number} has moved to {str(grant.head)[:12]}; look again.")


def _made(house: House, repository: Repository, rows: Sequence[Contribution]) -> str:
    """The commit that holds all of them. Raises ValueError where they do not fit, or one is not signed off."""
    git, base = house.git(repository), f"refs/heads/{repository.base_branch}"
    policy = house.policy(repository).judging
    for row in rows:
        join.signed(combined.own_commits(git, base, row.head), row, policy)
    lead, *others = (Part(row.number, row.head) for row in rows)
    made = combined.together(git, base, lead, others)
    if isinstance(made, Clash):
        places = ", ".join(made.found.paths[:5])
        raise ValueError(
            f"Contribution {made.number} does not fit the others: {made.found.why} ({places}) "
            "Their authors agree first, or one of them takes it over by `adopt`."
        )
    return made


def _push(house: House, repository: Repository, row: Contribution, commit: str) -> None:
    """Make it the newest revision of the leading one, as its author would. Raises ValueError, OSError."""
    forge = house.forge(repository)
    if not isinstance(forge, Mending | MendedByPush) or not isinstance(forge, Listing):
        raise ValueError(f"Nobody can push to its branch from here; {BY_HAND.format(n=row.number)}")
    try:
        pull = forge.pull(row.number)
        if pull is not None and pull.head == commit:
            return  # pushed by whoever died before it was written down
        if pull is None or pull.head != row.head:
            raise ValueError(f"Contribution {row.number} was pushed to or closed meanwhile; look again.")
        if isinstance(forge, MendedByPush):
            mend.pushed(house, repository, forge, row.number, mend.Made(commit, row.head, 0))
        else:  # on this disk a head is a ref of the forge, and nobody's branch
            forge.mend(row.number, row.head, commit)
    except Moved:
        raise ValueError(f"Contribution {row.number} was pushed to meanwhile; look again.") from None
    except Denied as why:
        raise ValueError(
            f"I can't push to the branch of contribution {row.number}: {str(why)[:300].rstrip('.')}. "
            f"Name another one first, or {BY_HAND.format(n=row.number)}"
        ) from None


def _taken(house: House, repository: Repository, number: int, commit: str) -> None:
    """Judge what it is now. A forge on another machine tells of a new head; the sweep does what is left."""
    forge = house.forge(repository)
    with house.database.read() as session:
        here = contributions.must(session, repository.id, number).head == commit
    try:
        if here:
            triage.rejudge(house, repository, number)
        elif not isinstance(forge, Remote) and isinstance(forge, Listing) and (pull := forge.pull(number)):
            triage.seen(house, repository, forge.pushed(pull))
    except NoJudge as why:
        log.warning("not judged yet", repository=repository.id, number=number, why=str(why))
    house.ring("speak")
