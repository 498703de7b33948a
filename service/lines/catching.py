"""What no delivery told us: the forge's open contributions against ours, and what they show against what they should.

Deliveries get lost: a forge gives up, a door is away. A plain forge is compared as soon as its refs have moved; another
is asked at the start and every few minutes, since each question is a request.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlmodel import Session, col, select

from service import logs
from service.db.contributions import SETTLED
from service.db.tables import Contribution, Repository, Wanted
from service.git.refs import contribution_heads
from service.house import PLAIN, House
from service.lines import merge_on_forge, mirrors, say, triage, whose
from service.lines.states import BEFORE_MERGE, State
from webhooks.forge import Busy, Denied, Listing, Pull
from webhooks.place import Elsewhere
from webhooks.plain.places import PULLS

LOOKS = 5  # reports that are compared at a time
HOURLY, LATELY = 3600.0, 7 * 86_400.0  # how often one is; how long after its last move one that is settled is
PAUSE = 60.0  # seconds until a forge that could not be reached is asked again

log = logs.named("catching")


def catch_up(house: House, repository: Repository) -> int:
    """Take in what was opened, pushed, edited, reopened or closed unheard; gives how many. Twice finds nothing."""
    stand = _stand(house, repository) if repository.forge == PLAIN else None
    if not _due(house, repository, stand):
        return 0
    forge = house.forge(repository)
    if not isinstance(forge, Listing):
        return 0
    try:
        repository = whose.confirmed(house, repository, at_once=True)
        caught = _caught(house, repository, house.forge(repository))
    except Elsewhere as why:
        log.warning(
            "another has its name, and nothing of that is taken in", repository=repository.id, why=str(why)
        )
        return 0
    except (OSError, Denied) as why:  # refused: an App that is not installed yet, say
        pause = why.after if isinstance(why, Busy) else PAUSE
        house.asked[repository.id] = time.monotonic() - _every(house) + pause
        log.warning("the forge can't be asked what is open", repository=repository.id, why=str(why))
        return 0
    if stand is not None:
        house.compared[repository.id] = stand
    return caught


def _due(house: House, repository: Repository, stand: dict[str, str] | None) -> bool:
    if stand is not None:
        return house.compared.get(repository.id) != stand
    now = time.monotonic()
    if now - house.asked.get(repository.id, now - _every(house)) < _every(house):
        return False
    house.asked[repository.id] = now
    return True


def _every(house: House) -> float:
    return 60.0 * house.settings.catch_up_minutes


def _caught(house: House, repository: Repository, forge: Listing) -> int:
    pulls = forge.open_pulls()
    with house.database.read() as session:
        rows = list(session.exec(select(Contribution).where(Contribution.repository == repository.id)))
        known = {row.number: row for row in rows}
        ours = [pull for pull in pulls if pull.base == repository.base_branch]
        missed = [
            pull
            for pull in ours
            if _differs(row := known.get(pull.number), pull) and not _ending(session, row, pull)
        ]
    for pull in missed:
        mirrors.fetch(house, repository, pull.number)
        triage.seen(house, repository, forge.pushed(pull))
    gone = _gone(rows, pulls, forge)
    for number in gone:
        merge_on_forge.ended(house, repository, number)
    left = _left(rows, pulls, repository.base_branch)
    for pull in left:
        triage.elsewhere(house, repository, pull.number, pull.base)
    return len(missed) + len(gone) + len(left)


def _differs(row: Contribution | None, pull: Pull) -> bool:
    """Whether an open contribution is not what we know; one that is merged here is none of the author's any more."""
    if row is None:
        return True
    if row.state not in (*BEFORE_MERGE, State.closed):
        return row.state == State.joined and row.head != pull.head  # its author goes on alone
    unjudged = row.state == State.opened and row.verdict is None
    retold = pull.title not in ("", row.title) or pull.text not in (None, row.text) or pull.draft != row.draft
    return row.head != pull.head or row.state == State.closed or unjudged or retold


def _ending(session: Session, row: Contribution | None, pull: Pull) -> bool:
    """Whether it is open there only because we closed it and the forge was not told yet; a push opens it anew."""
    return row is not None and row.head == pull.head and say.closing(session, row)


def _gone(rows: Sequence[Contribution], pulls: Sequence[Pull], forge: Listing) -> list[int]:
    """What is open here and not there. Each is asked for: it may have been opened after the list was made."""
    there = {pull.number for pull in pulls}
    missing = [row.number for row in rows if row.state in BEFORE_MERGE and row.number not in there]
    return [number for number in missing if forge.pull(number) is None]


def _left(rows: Sequence[Contribution], pulls: Sequence[Pull], branch: str) -> list[Pull]:
    """What is open here, and there for another branch by now."""
    open_here = {row.number for row in rows if row.state in BEFORE_MERGE}
    return [pull for pull in pulls if pull.base != branch and pull.number in open_here]


def _stand(house: House, repository: Repository) -> dict[str, str]:
    """Where every ref stands that says what is contributed (heads and papers), or how it is judged (the base)."""
    git = house.git(repository)
    stand = {str(number): head for number, head in contribution_heads(git).items()}
    for name in (PULLS, f"refs/heads/{repository.base_branch}"):
        ref = git.references.get(name)
        stand[name] = str(ref.target) if ref else ""
    return stand


def look_again(house: House, repository: Repository) -> int:
    """Have a few reports held against the forge again, by whoever speaks next; gives how many.

    Somebody may have edited a comment of ours, taken a label away or put one there. The open ones come first, then
    those that moved lately; what nothing differs in costs one look.
    """
    now = time.time()
    open_ones = col(Contribution.state).not_in(SETTLED)
    query = (
        select(Wanted.number)
        .join(
            Contribution,
            (col(Contribution.repository) == Wanted.repository) & (col(Contribution.number) == Wanted.number),
        )
        .where(Wanted.repository == repository.id, col(Wanted.said) >= Wanted.version)
        .where(col(Wanted.looked) < now - HOURLY, open_ones | (col(Contribution.updated) > now - LATELY))
        .order_by(open_ones.desc(), col(Wanted.looked), col(Contribution.updated).desc())
        .limit(LOOKS)
    )
    with house.database.read() as session:
        numbers = list(session.exec(query))
    if not numbers:
        return 0
    doubt(house, repository, numbers)
    return len(numbers)


def doubt(house: House, repository: Repository, numbers: Sequence[int]) -> None:
    """Have these held against the forge now: somebody changed what is ours there, or may have."""
    with house.database.write() as session:
        for number in numbers:
            row = session.get(Wanted, (repository.id, number))
            if row is not None:
                row.said, row.looked = 0, time.time()
                session.add(row)
    house.ring("speak")
