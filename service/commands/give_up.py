"""End a batch that stalled, did not pass or shall not be released; its members wait again, or are held back.

`give-up 3 The exam was wrong.` lets all of batch 3 wait for the next one; `give-up 3 hold #7 #9 They contradict the
bells.` leaves contributions 7 and 9 out of the model, and their authors are told.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from service.house import House
from service.lines import standstill
from service.lines.obey import counted, number_of, words_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "give-up", Right.maintain, "BATCH [hold #N ...] REASON"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Give the batch up; `hold` lists the members that stay out of the mix."""
    number = number_of(asked, "batch")
    named, words = _held(words_of(asked)[1:])
    reason = str(asked.get("reason") or " ".join(words)).strip()
    if not reason:
        raise ValueError("Say why the batch is given up: it stands in the record.")
    hold = {counted(n, "contribution") for n in (*asked.get("hold", ()), *named)}
    back = standstill.give_up(house, repository, number, f"{who.forge}/{who.id}", reason, hold)
    waiting = ", ".join(f"#{n}" for n in back) or "nobody"
    return f"Batch {number} is given up; {waiting} may go into the next one."


def _held(words: list[str]) -> tuple[list[str], list[str]]:
    """Who is to be held back, and the words of the reason behind them."""
    if not words or words[0].lower() != "hold":
        return [], words
    named = list(takewhile(lambda word: word.lstrip("#").isdecimal(), words[1:]))
    return (named, words[1 + len(named) :]) if named else ([], words)  # "hold on, the exam was wrong"
