"""How long it takes, judging by what past batches took: a range, never a promise."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from service.db import batches, contributions
from service.db.tables import Batch, Contribution
from service.lines import wishes
from service.lines.states import BEFORE_MERGE, OPEN, Stage, State

ENDED = (Stage.passed, Stage.failed, Stage.inconclusive, Stage.released)
LOOKED_AT = 20  # past batches; what older ones took says little of today's
SHARE = 0.1  # cut off at either end


def told(session: Session, row: Contribution, now: float) -> str:
    """Where it stands in the queue, and how long until its batch is decided; plain text."""
    past = [each for each in batches.listed(session, row.repository) if each.state in ENDED][:LOOKED_AT]
    took = span([each.updated - each.created for each in past])
    if row.state in BEFORE_MERGE:
        ahead = [
            each.number
            for each in contributions.still_open(session, row.repository)
            if each.state in (State.needs_review, State.needs_human, State.approved)
            and each.updated < row.updated
        ]
        return f"It is {row.state}; {_many(len(ahead))} waited longer for a person. Then {_batch(took)}."
    if row.state == State.batched and row.batch is not None:
        batch = batches.get(session, row.repository, row.batch)
        if batch is not None and batch.state in OPEN:
            since = human(max(0.0, now - batch.created))
            return f"It is in batch {batch.id}, at work for {since}; {_batch(took)}."
    if row.state == State.merged:
        waiting = [each.number for each in contributions.waiting_for_a_batch(session, row.repository)]
        order = wishes.ordered(waiting, wishes.of(session, row.repository))
        at_work: list[Batch] = batches.at_work(session, row.repository)
        before = f" Batch {at_work[0].id} is at work before." if at_work else ""
        place = f"It is {order.index(row.number) + 1} of {len(order)} that wait for a batch."
        return f"{place}{before} {_batch(took, 'A')}."
    return f"It is {row.state} and waits in no queue."


def span(seconds: Sequence[float]) -> tuple[float, float] | None:
    """The range of what was measured without its tenths at either end; None where nothing was. Pure."""
    if not seconds:
        return None
    ranked, cut = sorted(seconds), int(len(seconds) * SHARE)
    return ranked[cut], ranked[-1 - cut]


def human(seconds: float) -> str:
    """A time as people say it, to the unit that matters."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _batch(took: tuple[float, float] | None, article: str = "a") -> str:
    if took is None:
        return (
            f"{'Nobody' if article == 'A' else 'nobody'} can tell how long a batch takes: none has ended yet"
        )
    low, high = human(took[0]), human(took[1])
    return f"{article} batch took {low if low == high else f'{low} to {high}'} until now"


def _many(count: int) -> str:
    return "nobody" if not count else "1 other" if count == 1 else f"{count} others"
