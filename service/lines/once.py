"""A command is carried out once: by the forge's id of what a person wrote, whatever dies between deed and answer.

A forge tells a thing at least once, and a process may end right after it acted. So the first event of a command and the
mark that it acted are one transaction: where the mark is, nothing is done again. A refusal is an answer too, or a
delivery that comes late would be obeyed by another state of things than the person saw.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlmodel import Session

from service.db.engine import Database
from service.db.tables import Obeyed
from service.house import House
from service.placement.turns import Turns
from service.record.chain import TOLD

ACTED = "It was carried out already."
_turns = Turns()  # who hears of a comment from two sides obeys it once


class _Acted(Exception):
    """Another process was faster."""


class Marking(Database):
    """The same database, that marks a command as carried out in the transaction of its first event."""

    def __init__(self, database: Database, repository: str, key: str) -> None:
        self.__dict__.update(database.__dict__)  # the same engines
        self._key = (repository, key)
        self._marked = False

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction of the command; raises where somebody else has carried it out meanwhile."""
        with super().write() as session:
            if self._marked:
                yield session
                return
            if session.get(Obeyed, self._key) is not None:
                raise _Acted
            yield session
            acted = TOLD in session.info
            if acted:
                session.add(Obeyed(repository=self._key[0], key=self._key[1], at=time.time()))
        self._marked = acted


def once(house: House, repository: str, key: str, do: Callable[[House], str]) -> str:
    """What became of the command that `key` names: what `do` answers, or what it answered the first time.

    `do` is given a house in whose database it must write.
    """
    with _turns.of((repository, key)):
        if (said := _said(house, repository, key)) is not None:
            return said
        marking = copy.copy(house)
        marking.database = Marking(house.database, repository, key)
        try:
            sentence = do(marking)
        except _Acted:
            return _said(house, repository, key) or ACTED
        with house.database.write() as session:
            session.merge(Obeyed(repository=repository, key=key, sentence=sentence, at=time.time()))
        return sentence


def _said(house: House, repository: str, key: str) -> str | None:
    with house.database.read() as session:
        row = session.get(Obeyed, (repository, key))
    return None if row is None else row.sentence or ACTED
