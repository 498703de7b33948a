"""Go on with another contribution in this one, which holds its commits; its authors are authors here.

Say it under the contribution that goes on. A triager may, or who owns all that the other one touches, or its author;
the author of this one where the other's has left it: it is closed, or they were asked, reminded, and said nothing.
"""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import combine
from service.lines.obey import counted, number_of, words_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "adopt", Right.triage, "#N"
AUTHORS_TOO = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Adopt it: it is closed and linked, and this one is approved anew."""
    number = number_of({"number": asked["number"]}, "contribution")
    words = words_of(asked)
    if len(words) != 1:
        raise ValueError("Name the other one: adopt #N.")
    other = counted(words[0], "contribution")
    combine.adopt(house, house.repository(repository), number, other, who)
    return f"Contribution {other} goes on here. Its authors are credited, and approvals are given anew."
