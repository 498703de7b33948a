"""What maintainers wish of the next batches: what comes first, what goes alone, what never goes together.

Wishes order what the timetable gathers; a batch that a person names by its numbers is formed as named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from sqlmodel import Session

from service.db import words
from service.db.tables import Contribution

WISH, PRIORITY = "batch", "priority"
PRIORITIES = {"high": 0, "normal": 1, "low": 2}


class Wish(msgspec.Struct, frozen=True):
    """About one contribution. `apart` are the numbers that it shall not share a batch with."""

    solo: bool = False
    urgent: bool = False
    apart: tuple[int, ...] = ()
    priority: str = "normal"


def of(session: Session, repository: str) -> dict[int, Wish]:
    """The wishes about each contribution that has any."""
    told: dict[int, dict[str, object]] = {}
    for word in words.of_all(session, repository, [WISH, PRIORITY]):
        told.setdefault(word.number or 0, {}).update(
            {key: word.body[key] for key in word.body if key != "name"}
        )
    return {number: msgspec.convert(body, Wish) for number, body in told.items()}


def ordered(numbers: Sequence[int], wishes: Mapping[int, Wish]) -> list[int]:
    """Urgent first, then by priority, then by number; pure."""

    def place(number: int) -> tuple[bool, int, int]:
        wish = wishes.get(number, Wish())
        return not wish.urgent, PRIORITIES[wish.priority], number

    return sorted(numbers, key=place)


def gathered(
    numbers: Sequence[int], wishes: Mapping[int, Wish], at_most: int, due: Callable[[list[int]], bool]
) -> list[int]:
    """The members of the next batch, none where none is due; pure.

    What is urgent waits for nobody; what goes alone has nobody to wait for, and goes where no other batch is due.
    """
    order = ordered(numbers, wishes)
    alone = [number for number in order if wishes.get(number, Wish()).solo]
    urgent = bool(order) and wishes.get(order[0], Wish()).urgent
    if urgent and order[0] in alone:
        return order[:1]
    chosen: list[int] = []
    for number in (each for each in order if each not in alone):
        if len(chosen) < at_most and not any(_apart(number, other, wishes) for other in chosen):
            chosen.append(number)
    if chosen and (urgent or due(chosen)):
        return sorted(chosen)
    return alone[:1]


def _apart(one: int, other: int, wishes: Mapping[int, Wish]) -> bool:
    return other in wishes.get(one, Wish()).apart or one in wishes.get(other, Wish()).apart


def gather(
    session: Session,
    repository: str,
    waiting: Sequence[Contribution],
    at_most: int,
    due: Callable[[list[Contribution]], bool],
) -> list[Contribution]:
    """Of those that wait, the members of the next batch."""
    known = {row.number: row for row in waiting}
    chosen = gathered(
        list(known), of(session, repository), at_most, lambda numbers: due([known[n] for n in numbers])
    )
    return [known[number] for number in chosen]
