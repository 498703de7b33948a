"""Let another person approve this contribution, or whatever touches nothing but some paths.

`delegate @ada` for this contribution, `delegate @ada knowledge/tides until 2w` for paths, `delegate @ada off` to end
both. It gives the right to approve and no other; nobody approves their own by it.
"""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions, words
from service.house import House
from service.lines import holding, rights
from service.lines.holds import moment
from service.lines.obey import by, number_of, words_of
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "delegate", Right.maintain, "@PERSON [PATHS] [until WHEN] | @PERSON off"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Delegate, or end it."""
    said = words_of(asked)
    if not said or not said[0].startswith("@"):
        raise ValueError("Name the person: delegate @PERSON.")
    login, rest = said[0][1:][:200], said[1:]
    until = None
    if "until" in rest[:-1]:
        at = rest.index("until")
        until, rest = holding.ends(rest[at + 1], time.time()), rest[:at]
    person = rights.named(house, house.repository(repository), login)
    if person is None:
        raise ValueError(f"Who {login} is could not be found out on the forge.")
    number = number_of({"number": asked["number"]}, "contribution")
    if rest == ["off"]:
        return _end(house, repository, number, who, person)
    paths = holding.paths_of(rest) if rest else []
    with house.database.write() as session:
        row = contributions.must(session, repository, number)
        body = {"to": by(person), "name": person.name or person.id, "paths": paths}
        words.say(session, repository if paths else row, NAME, by(who), time.time(), body, until=until)
        told = {"by": by(who), "to": by(person), "paths": paths, "until": until and int(until)}
        append(session, repository, "contribution.delegated", told, row.number)
    what = f"whatever touches nothing but {', '.join(paths)}" if paths else "this contribution"
    return f"{body['name']} may approve {what}{f' until {moment(until)}' if until else ''}."


def _end(house: House, repository: str, number: int, who: Person, person: Person) -> str:
    with house.database.write() as session:
        known = [
            word
            for word in (
                *words.standing(session, repository, [NAME], number),
                *words.standing(session, repository, [NAME]),
            )
            if word.body["to"] == by(person)
        ]
        if not known:
            raise ValueError(f"Nothing is delegated to {person.name or person.id}.")
        words.end(session, known)
        told = {"by": by(who), "to": by(person)}
        append(session, repository, "contribution.delegation-ended", told, number)
    return f"{person.name or person.id} has no delegated right any more."
