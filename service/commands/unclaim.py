"""Leave a contribution that you claimed to others; a maintainer may end another's claim."""

from __future__ import annotations

from typing import Any

from service.db import contributions, words
from service.house import House
from service.lines import rights, say
from service.lines.obey import by, number_of
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "unclaim", Right.triage, ""


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """End the claim."""
    maintains = rights.of(house, house.repository(repository), who).right >= Right.maintain
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        known = words.standing(session, repository, ["claim"], row.number)
        if not known:
            raise ValueError("Nobody has claimed it.")
        if not maintains and known[0].by != by(who):
            raise ValueError(f"{known[0].body['name']} claimed it; they, or a maintainer, can end that.")
        words.end(session, known)
        append(session, repository, "contribution.unclaimed", {"by": by(who), "of": known[0].by}, row.number)
        say.refreshed(session, row)
    return "It is free for others to look at."
