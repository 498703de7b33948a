"""Make several open contributions one: the others go on in the first that is named, merged by what their leaves say.

`combine #7` lets #7 go on in this one, `combine #3 #7` in #3. Who says it may triage, or is the author of all of them.
Commits stay as they were pushed, with their authors and sign-offs; what does not fit is said, and nothing is changed.
"""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import combine
from service.lines.obey import counted, number_of, words_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "combine", Right.triage, "#A #B ..."
AUTHORS_TOO = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Combine them: one new revision of the first, the others closed and linked."""
    here = number_of({"number": asked["number"]}, "contribution")
    words = words_of(asked)
    if not words:
        raise ValueError("Name the others: combine #A #B.")
    numbers = [counted(word, "contribution") for word in words[: combine.AT_MOST + 1]]
    if len(numbers) == 1:
        numbers = [here, *numbers]
    combine.combine(house, house.repository(repository), numbers, who)
    others = ", ".join(str(number) for number in numbers[1:])
    return (
        f"{'Contribution' if len(numbers) == 2 else 'Contributions'} {others} "
        f"{'goes' if len(numbers) == 2 else 'go'} on in contribution {numbers[0]}; it is judged and approved anew."
    )
