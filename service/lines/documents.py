"""The documents that contributions cite: fetched one after another, in a task of their own, and judged again then.

What waits stands in the verdicts, so nothing is lost when the service ends; the sweep asks again. Nobody waits behind
one author's many citations: who had the fewest fetched in the last hour is next, and nobody has more than so many.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import pygit2
from sqlmodel import col, select

from service import logs
from service.db.tables import Contribution, Repository
from service.git import read
from service.house import House
from service.lines import told, triage
from service.lines.states import State
from service.placement.judge import NoJudge
from service.placement.turns import turn_if_free
from triage_rules.facts import Cited

log = logs.named("documents")
PER_AUTHOR, HOUR = 20, 3600.0  # fetched for one author in an hour
WAITING = (State.opened, State.changes_requested, State.approved)


class Waiting(NamedTuple):
    """A contribution whose verdict is no last word."""

    repository: Repository
    row: Contribution
    cited: tuple[Cited, ...]

    @property
    def author(self) -> tuple[str, str]:
        """Who is waited for."""
        return self.row.author_forge, self.row.author_id


def fetch(house: House) -> None:
    """Fetch what is due, one document after another, and judge again whoever's documents are all there."""
    with turn_if_free(house.home, "documents") as ours:
        if not ours:
            return
        while not house.stopping.is_set():
            fetched = _fetch_next(house)
            for each in waiting(house):
                if all(_settled(house, each.repository, cited) for cited in each.cited):
                    _judge_again(house, each)
            if not fetched:
                return


def waiting(house: House) -> list[Waiting]:
    """Contributions that wait for documents, by number."""
    with house.database.read() as session:
        repositories = {row.id: row for row in session.exec(select(Repository))}
        query = select(Contribution).where(col(Contribution.state).in_(WAITING))
        rows = list(session.exec(query.order_by(col(Contribution.number))))
    found = [(row, told.waits(row.verdict)) for row in rows]
    return [Waiting(repositories[row.repository], row, cited) for row, cited in found if cited]


def _fetch_next(house: House) -> bool:
    now = time.time()
    house.fetched = {who: recent for who, times in house.fetched.items() if (recent := _recent(times, now))}
    due = list(_due(house))
    if not due:
        return False
    author, _, cited = min(due, key=lambda each: (len(house.fetched.get(each[0], ())), each[1]))
    house.fetched.setdefault(author, []).append(now)
    found = house.documents.fetch(cited)
    log.info("document fetched", repository=cited.repo[:200], commit=cited.commit, state=found.state)
    return True


def _due(house: House) -> Iterator[tuple[tuple[str, str], int, Cited]]:
    """Author, number and citation of each that may be fetched now."""
    for each in waiting(house):
        if len(house.fetched.get(each.author, ())) >= PER_AUTHOR:
            continue
        for cited in each.cited:
            if not _settled(house, each.repository, cited) and house.documents.due(cited):
                yield each.author, each.row.number, cited


def _settled(house: House, repository: Repository, cited: Cited) -> bool:
    return house.documents.known(cited, told.mirror_of(repository)) is not None


def _recent(times: list[float], now: float) -> list[float]:
    return [at for at in times if now - at < HOUR]


def _judge_again(house: House, each: Waiting) -> None:
    try:
        why = triage.rejudge(house, each.repository, each.row.number)
    except (
        NoJudge,
        read.NoSuchRevision,
        pygit2.GitError,
    ) as gone:  # a repository that is gone holds up no other
        why = str(gone)
    if why is not None:
        log.warning("not judged again", repository=each.repository.id, number=each.row.number, why=why)
