"""Push what a program can mend onto the author's branch, as one commit; the words stay as they are.

The author may ask for their own; a triager where the author lets others push to their branch.
"""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import mend
from service.lines.obey import number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "fix", Right.triage, ""
AUTHORS_TOO = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Make the commit and push it; it is judged like any other revision."""
    many = mend.push(house, house.repository(repository), number_of(asked, "contribution"), who)
    return (
        f"{many} {'thing is' if many == 1 else 'things are'} mended, as a new revision; look at it, and pull."
    )
