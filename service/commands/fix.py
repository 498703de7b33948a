"""Push what a program can mend onto the author's branch, as one commit; the words stay as they are.

The author or a triager asks for it. Into a fork it goes where its author lets others push: on GitHub by "Allow edits
by maintainers", on GitLab by "Allow commits from members who can merge to the target branch". Elsewhere, and where
somebody pushed meanwhile, nothing moves and the answer says why. It is a new revision like any other: judged anew, and
trust is lost by it; an approval stays only where the policy keeps it over a change of layout.
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
