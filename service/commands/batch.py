"""Start a batch of merged contributions now, all that wait or the ones named; or say what you wish of the next ones.

`batch solo`: this one is trained alone; `batch urgent`: it waits for no other; `batch not-with #7`: never beside that
one; `batch ok`: none of this any more.
"""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import batch, intent, wishes, wishing
from service.lines.obey import counted, number_of, words_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "batch", Right.maintain, "[#N ...] | solo | urgent | not-with #N | ok"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Form the batch (asking twice gives the same one), or note the wish."""
    said = [word.lower() for word in words_of(asked)]
    if said and said[0] in ("solo", "urgent", "not-with", "ok"):
        return _wish(house, repository, asked, who, said)
    named = asked.get("numbers") or asked.get("arguments", ())  # ticked on the page, or words of a comment
    numbers = [counted(n, "contribution") for n in named] or None
    profile = str(asked.get("profile") or "") or None
    if profile not in (None, *intent.PROFILES):
        raise ValueError(f"A batch is declared as one of {', '.join(intent.PROFILES)}.")
    made = batch.form(house, house.repository(repository), numbers, profile)
    if made is None:
        raise ValueError(
            "No batch can start now: one is in work, or not all of these are merged and waiting."
        )
    house.ring("tick")
    return f"Batch {made.id}."


def _wish(house: House, repository: str, asked: dict[str, Any], who: Person, said: list[str]) -> str:
    number = number_of({"number": asked["number"]}, "contribution")
    if said[0] == "ok":
        wishing.wish(house, repository, number, who, wishes.WISH)
        return "It goes into a batch like any other."
    if said[0] == "not-with":
        apart = sorted({counted(word, "contribution") for word in said[1:21]})
        if not apart or number in apart:
            raise ValueError("Name the other one: batch not-with #N.")
        wishing.wish(house, repository, number, who, wishes.WISH, apart=apart)
        return f"It goes into no batch with {', '.join(f'#{each}' for each in apart)}."
    wishing.wish(house, repository, number, who, wishes.WISH, **{said[0]: True})
    return (
        "It is trained alone." if said[0] == "solo" else "The next batch takes it in, and waits for no other."
    )
