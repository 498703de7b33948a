"""An appeal against a rejection: another maintainer looks, and whoever rejected does not decide it.

One appeal a revision: what a second person has rejected stays rejected until its author pushes.
"""

from __future__ import annotations

import json
import time

from sqlmodel import Session, col, select

from service.db import contributions, words
from service.db.tables import Contribution, Event, Word
from service.house import House
from service.lines import rights, say
from service.lines.states import Move, after
from service.lines.verdicts import APPEALED
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

APPEAL = "appeal"
REJECTED = "contribution.rejected"


def appeal(session: Session, row: Contribution, who: Person, reason: str) -> None:
    """Take a rejection to a second maintainer. Raises NoSuchMove, or ValueError where that was done."""
    if words.standing(session, row.repository, [APPEAL], row.number, row.head):
        raise ValueError("This revision was appealed for already; a new one is judged anew.")
    row.state, row.updated = after(row.state, Move.appeal), time.time()
    session.add(row)
    by = f"{who.forge}/{who.id}"
    against = _rejected_by(session, row)
    words.say(session, row, APPEAL, by, row.updated, {"against": against, "decided": ""}, head=row.head)
    told = {"by": by, "against": against, "head": row.head, "reason": reason}
    append(session, row.repository, APPEALED, told, row.number)
    say.told(session, row, "Appealed by its author, to be decided", reason)


def ask_for_maintainer(house: House, repository: str, number: int, who: Person) -> None:
    """An open appeal takes a maintainer; raises ValueError for anybody else. The forge is asked, so no lock is held."""
    with house.database.read() as session:
        row = contributions.get(session, repository, number)
        if row is None or _open(session, row) is None:
            return
    if rights.of(house, house.repository(repository), who).right < Right.maintain:
        raise ValueError("Its rejection was appealed against: a maintainer decides.")


def decide(session: Session, row: Contribution, who: Person) -> None:
    """Mark an open appeal as decided by this person; raises ValueError for whoever rejected, or appealed."""
    word = _open(session, row)
    if word is None:
        return
    by = f"{who.forge}/{who.id}"
    if by == word.body["against"]:
        raise ValueError("You rejected it, and its author appealed: somebody else decides.")
    if by == word.by:
        raise ValueError("You appealed: somebody else decides.")
    word.body = {**word.body, "decided": by}
    session.add(word)


def _open(session: Session, row: Contribution) -> Word | None:
    said = words.standing(session, row.repository, [APPEAL], row.number, row.head)
    return next((word for word in said if not word.body["decided"]), None)


def _rejected_by(session: Session, row: Contribution) -> str:
    """Who rejected it last; empty where the rules did."""
    query = select(Event).where(Event.stream == row.repository, Event.number == row.number)
    query = query.where(col(Event.kind).in_([REJECTED, "contribution.pushed"]))
    last = session.exec(query.order_by(col(Event.sequence).desc()).limit(1)).first()
    return str(json.loads(last.body).get("by", "")) if last and last.kind == REJECTED else ""
