"""What the timetable clears away of a mirror: heads that no row needs, refs that have served, what has piled up."""

from __future__ import annotations

import time
from collections.abc import Iterable

from sqlmodel import select

from service import logs
from service.db.tables import Contribution, Repository
from service.house import House
from service.lines import merge_on_forge, mirrors
from service.lines.states import State

log = logs.named("upkeep")
KEPT = 90 * 86400.0  # seconds that the head of a contribution stays after it was closed or rejected
OVER = (State.closed, State.rejected)


def unneeded(rows: Iterable[Contribution], now: float) -> list[int]:
    """The contributions whose head nobody will ask for: closed or rejected long ago, and never in the base branch.

    Whatever was merged is read again: by batches, by a leaf that is taken out, by who asks what a release came from.
    """
    return [row.number for row in rows if row.state in OVER and not row.merged and row.updated < now - KEPT]


def tidy(house: House, repository: Repository, now: float | None = None) -> bool:
    """Tidy the mirror of a repository, where it is one; gives whether anything was packed."""
    mirror = mirrors.mirror(house, repository)
    if mirror is None:
        return False
    now = now if now is not None else time.time()
    with house.database.read() as session:
        rows = session.exec(select(Contribution).where(Contribution.repository == repository.id))
        forget = unneeded(rows, now)
    packed = mirror.tidy(forget, now)
    merge_on_forge.sweep(mirror)
    if packed:
        log.info("a mirror was tidied", repository=repository.id, heads=len(forget))
    return packed
