"""Holds, legal holds and freezes: how they begin, end and lapse, each an event in the transaction of the word."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from service.db import contributions, words
from service.db.tables import Contribution, Repository, Word
from service.house import House
from service.lines import say
from service.lines.holds import CALLED, FREEZE, HOLD, LEGAL, frozen
from service.lines.states import BEFORE_MERGE
from service.record.chain import append
from webhooks.event import Person

BEGINS = {HOLD: "contribution.held", LEGAL: "contribution.legal-hold"}
ENDS = {HOLD: "contribution.unheld", LEGAL: "contribution.legal-hold-lifted"}
_SPAN = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}
_FOLDER = re.compile(r"\*|[\w.@+-][\w.@+/ -]{0,199}/?\*{0,2}")


def put(session: Session, row: Contribution, kind: str, who: Person, reason: str) -> None:
    """Hold a contribution. Raises ValueError where it is held so already, or no hold would stop anything."""
    if row.state not in BEFORE_MERGE:
        raise ValueError(f"It is {row.state}; a hold would stop nothing.")
    for word in words.standing(session, row.repository, [kind], row.number):
        raise ValueError(f"{CALLED[kind]} already, by {word.body['name']}: {word.body['reason']}")
    by = f"{who.forge}/{who.id}"
    words.say(session, row, kind, by, time.time(), {"name": who.name or who.id, "reason": reason})
    append(session, row.repository, BEGINS[kind], {"by": by, "reason": reason}, row.number)
    say.refreshed(session, row)


def lift(session: Session, row: Contribution, kind: str, who: Person, reason: str = "") -> None:
    """Let go of it. Raises ValueError where nobody holds it so."""
    held = words.standing(session, row.repository, [kind], row.number)
    if not held:
        raise ValueError("Nobody holds it.")
    words.end(session, held)
    append(session, row.repository, ENDS[kind], {"by": f"{who.forge}/{who.id}", "reason": reason}, row.number)
    say.refreshed(session, row)


def freeze(
    session: Session, repository: str, paths: list[str], until: float, who: Person, reason: str
) -> int:
    """Let nothing below these paths be merged until then; gives how many open contributions wait for it."""
    by, now = f"{who.forge}/{who.id}", time.time()
    known = [word for word in words.standing(session, repository, [FREEZE]) if word.body["paths"] == paths]
    words.end(session, known)  # said anew, it has another end
    body = {"name": who.name or who.id, "paths": paths, "reason": reason}
    word = words.say(session, repository, FREEZE, by, now, body, until=until)
    told = {"by": by, "paths": paths, "until": int(until), "reason": reason}
    append(session, repository, "repository.frozen", told)
    return len(_tell(session, word))


def unfreeze(session: Session, repository: str, paths: list[str], who: Person) -> int:
    """Let what touches these paths be merged again; gives how many waited. Raises ValueError where none is frozen."""
    known = [word for word in words.standing(session, repository, [FREEZE]) if word.body["paths"] == paths]
    if not known:
        raise ValueError("These paths are not frozen; name them as they were named then.")
    words.end(session, known)
    append(session, repository, "repository.unfrozen", {"by": f"{who.forge}/{who.id}", "paths": paths})
    return len({row.number for word in known for row in _tell(session, word)})


def _tell(session: Session, freeze: Word) -> list[Contribution]:
    """Have whatever waits for a freeze, or waits no more, say so."""
    rows = contributions.still_open(session, freeze.repository)
    told = [row for row in rows if row.state in BEFORE_MERGE and frozen(row, freeze)]
    for row in told:
        say.refreshed(session, row)
    return told


def lapse(house: House, repository: Repository) -> int:
    """End whatever was said for a time that is over; gives how many words. A second call finds none."""
    now = time.time()
    with house.database.read() as session:
        if not words.over(session, repository.id, now):
            return 0
    with house.database.write() as session:
        over = words.over(session, repository.id, now)
        words.end(session, over)
        for word in over:
            append(session, repository.id, "word.lapsed", {"kind": word.kind, **word.body}, word.number)
            if word.kind == FREEZE:
                _tell(session, word)
    house.ring("speak")
    return len(over)


def paths_of(given: list[str]) -> list[str]:
    """Folders or files as a person names them; `*` is all. Raises ValueError."""
    wrong = [each for each in given if not _FOLDER.fullmatch(each) or ".." in each.split("/")]
    if wrong or not given or len(given) > 20:
        named = f"{wrong[0][:60]!r} is none" if wrong else "there are none, or too many"
        raise ValueError(
            f"Name one to twenty folders or files, such as knowledge/tides, or * for all: {named}."
        )
    return [each.rstrip("*").rstrip("/") or "*" for each in given]


def ends(given: str, now: float) -> float:
    """A time to come: 12h, 3d, 2w, 2030-01-31 or 2030-01-31T18:00, in UTC. Raises ValueError."""
    if found := _SPAN.fullmatch(given):
        end = now + timedelta(hours=int(found.group(1)) * _HOURS[found.group(2)]).total_seconds()
    else:
        try:
            read = datetime.fromisoformat(given)
            end = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            raise ValueError(
                f"Until when? Say 12h, 3d, 2w, 2030-01-31 or 2030-01-31T18:00 (UTC), not {given[:40]!r}."
            ) from None
    if not now < end < now + 10 * 365 * 86_400:
        raise ValueError("Until when? Name a time to come, within ten years.")
    return end
