"""A check that somebody had run again is set once more, though nothing of it has changed.

GitHub holds the whole suite as queued until whose check it is says something of it; silence reads as being at work.
"""

from __future__ import annotations

from service.db.tables import Repository, Wanted
from service.house import House
from service.lines import shown
from service.placement.turns import turn
from webhooks.forge import Checks, Denied


def answer(house: House, repository: Repository, number: int) -> str | None:
    """Set the check of a contribution as it should be now; gives why the forge refuses. Raises OSError.

    In the turn of whoever speaks: two who set it at once would make two of it.
    """
    forge = house.forge(repository)
    with turn(house.home, "speak"):
        with house.database.read() as session:
            row = session.get(Wanted, (repository.id, number))
        if row is None or not isinstance(forge, Checks):
            return None
        check = shown.shown(house, row).check
        if check is None:
            return None
        try:
            forge.mark(number, check)
        except Denied as why:
            return f"not set again: {str(why)[:200]}"
    return None
