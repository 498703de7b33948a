"""A contribution's whole life on a forge that counts what is written: three new comments, all else edits."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session

from service import reports
from service.db.engine import Database, sqlite_url
from service.db.tables import Batch, Contribution, Release, Wanted
from service.lines import answers, quiet, say
from webhooks.event import Person
from webhooks.forge import Found, FoundComment
from webhooks.reconcile import show
from webhooks.report import Check, Report

FINDING = {"rule": "too-few-seeds", "weight": "stop", "path": "knowledge/a/qna.yaml", "line": 3, "column": None,
           "message": "2 seeds.", "remedy": "Write five."}  # fmt: skip
FAULTY = {
    "verdict": "changes-requested",
    "findings": [FINDING],
    "next": "",
    "labels": ["triage-requested-changes"],
}
CLEAN = {"verdict": "passed", "findings": [], "next": "", "labels": []}
HELD = {
    "batch": 1,
    "leaf": "knowledge/b",
    "change": -0.3,
    "low": -0.4,
    "high": -0.2,
    "posterior": 0.97,
    "limit": 0.1,
}


class Forge:
    """Keeps what it is told, and counts."""

    def __init__(self) -> None:
        self.comments: dict[str, str] = {}
        self.labels: frozenset[str] = frozenset()
        self.check: Check | None = None
        self.written: list[str] = []
        self.edited = 0

    def found(self, number: int, purposes: frozenset[str]) -> Found:
        told = tuple(FoundComment(name, name, text) for name, text in self.comments.items())
        return Found(told, self.labels, self.check)

    def write(self, number: int, purpose: str, text: str) -> str:
        self.comments[purpose] = text
        self.written.append(text.splitlines()[0])
        return purpose

    def edit(self, number: int, identity: str, text: str) -> None:
        assert self.comments[identity] != text
        self.comments[identity] = text
        self.edited += 1

    def remove(self, number: int, identity: str) -> None:
        del self.comments[identity]

    def label(self, number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        self.labels = self.labels - remove | add

    def mark(self, number: int, check: Check) -> None:
        self.check = check


class Life:
    """One contribution; whatever happens to it is said at once."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(sqlite_url(folder / "life.db"))
        self.database.upgrade()
        self.forge = Forge()
        with self.database.write() as session:
            session.add(
                Contribution(
                    repository="t", number=1, topic="a", title="A", author_forge="plain", author_id="ada",
                    state="opened", head="1" * 40, leaves=["knowledge/a"], opened=0.0, updated=0.0,
                )
            )  # fmt: skip

    def happens(self, what: object, **changed: object) -> None:
        with self.database.write() as session:
            row = session.get_one(Contribution, ("t", 1))
            for name, value in changed.items():
                setattr(row, name, value)
            session.add(row)
            what(session, row)  # type: ignore[operator]
        with self.database.read() as session:
            report = reports.whole(session.get_one(Wanted, ("t", 1)).report)
        show(self.forge, Report.from_json({"number": 1, **report}))
        assert show(self.forge, Report.from_json({"number": 1, **report})) == 0


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


def batch(number: int, state: str, held: tuple[int, ...] = ()) -> Batch:
    return Batch(
        repository="t", id=number, state=state, members=[1, 2], held=list(held), created=0.0, updated=0.0
    )


def release(version: str) -> Release:
    leaf = {"path": "knowledge/a", "before": 0.2, "after": 0.9, "change": 0.7, "low": 0.5, "high": 0.9}
    manifest = {"name": "smollm2", "leaves": [leaf], "predecessor": "base", "members": []}
    return Release(repository="t", version=version, sequence=1, batch=2, state="published", directory="/x",
                   manifest=manifest, created=0.0)  # fmt: skip


def answered(session: Session, row: Contribution) -> None:
    answers.keep(session, row, Person("plain", "ada", "ada"), "help", True, "Here is what I know.")
    say.refreshed(session, row)


def test_a_whole_life_rings_three_times(life: Life) -> None:
    life.happens(say.judged, verdict=FAULTY, state="changes-requested")
    life.happens(answered)
    life.happens(lambda s, row: say.told(s, row, "Asked for changes", "Say more."))
    life.happens(lambda s, row: say.reminded(s, row, 14, 1e9))
    life.happens(lambda s, row: say.heard(s, row))
    life.happens(say.judged, verdict=CLEAN, state="needs-review", head="2" * 40)
    life.happens(
        lambda s, row: say.conflicted(s, row, ("knowledge/a/qna.yaml",), "Both."), state="conflicted"
    )
    life.happens(say.judged, state="needs-review", head="3" * 40)
    life.happens(say.judged, state="merged", merged="4" * 40)
    for state in ("generating", "training", "searching", "confirming"):
        life.happens(lambda s, row, state=state: say.batch_joined(s, batch(1, state), row), state="batched")
    life.happens(lambda s, row: say.unmeasured(s, row, "A run stopped.", 1e9))
    assert life.forge.written == ["### 1 thing to fix before I can measure this"]
    life.happens(lambda s, row: say.held_back(s, batch(1, "passed", (1,)), row), state="held-back", held=HELD)
    trial = {
        **HELD,
        "again": {"release": "v1", "decision": "passed", "change": 0.0, "low": -0.1, "high": 0.1},
    }
    life.happens(lambda s, row: say.held_back(s, batch(1, "passed", (1,)), row), held=trial)
    life.happens(lambda s, row: say.batch_joined(s, batch(2, "training"), row), state="batched", held=None)
    life.happens(lambda s, row: say.released(s, release("v2"), row), state="released", release="v2")
    life.happens(lambda s, row: say.released(s, release("v3"), row))
    life.happens(lambda s, row: say.released(s, release("v4"), row))
    assert life.forge.written == [
        "### 1 thing to fix before I can measure this",
        "### Taken out of batch 1",
        "### Your contribution is in smollm2 v2",
    ]
    assert life.forge.edited > 10
    assert list(life.forge.comments) == list(quiet.BELLS)
    assert "smollm2 v4" in life.forge.comments["shipped"]
    assert "It came in with v2." in life.forge.comments["shipped"]
    assert "### Released in v2" in life.forge.comments["triage"]
    assert "ada asked `help`" in life.forge.comments["triage"], "answers stay where they were read"


def test_a_clean_one_rings_twice_and_says_first_that_it_needs_a_maintainer(life: Life) -> None:
    life.happens(say.judged, verdict=CLEAN, state="needs-review")
    life.happens(say.judged, state="merged", merged="4" * 40)
    life.happens(lambda s, row: say.batch_joined(s, batch(1, "training"), row), state="batched")
    life.happens(lambda s, row: say.released(s, release("v1"), row), state="released", release="v1")
    assert life.forge.written == ["### Worth accepting", "### Your contribution is in smollm2 v1"]


def test_who_is_superseded_keeps_the_evidence_and_is_not_rung_for(life: Life) -> None:
    life.happens(say.judged, verdict=CLEAN, state="merged", merged="4" * 40)
    life.happens(lambda s, row: say.held_back(s, batch(1, "passed", (1,)), row), state="held-back", held=HELD)
    newer = Contribution(repository="t", number=2, topic="b", title="B", author_forge="plain", author_id="ada",
                         state="released", head="5" * 40, release="v2", opened=0.0, updated=0.0)  # fmt: skip
    life.happens(lambda s, row: say.superseded(s, row, newer), state="superseded")
    assert len(life.forge.written) == 2
    assert "Contribution 2 took its place" in life.forge.comments["triage"]
    assert "Taken out of batch 1" in life.forge.comments["held"]


def test_a_batch_given_up_rings_only_for_whom_it_holds_back(life: Life) -> None:
    life.happens(say.judged, verdict=CLEAN, state="merged", merged="4" * 40)
    life.happens(lambda s, row: say.given_up(s, batch(1, "failed"), row, "Too long."), state="merged")
    assert len(life.forge.written) == 1
    life.happens(lambda s, row: say.given_up(s, batch(2, "failed"), row, "It hurts."), state="held-back")
    assert life.forge.written[1:] == ["### Batch 2 was given up"]


def test_a_fourth_new_comment_is_an_edit_of_the_last() -> None:
    older = {"triage": "t", "batch": "b", "release-v1": "r"}  # as earlier versions kept them
    assert quiet.place(older, "shipped") == "release-v1"
    assert quiet.place(older, "held") == "release-v1"
    assert quiet.place(older, "batch") == "batch"
    assert quiet.place({"triage": "t", "batch": "b"}, "held") == "held"
    for comments in ({}, {"triage": ""}, {"triage": "", "held": ""}, dict.fromkeys(quiet.BELLS, "")):
        for purpose in ("triage", "batch", "held", "superseded", "shipped", "anything"):
            assert len({*comments, quiet.place(comments, purpose)}) <= len(quiet.BELLS)


def test_the_same_word_twice_is_no_new_version(life: Life) -> None:
    def version(session: Session) -> int:
        return session.get_one(Wanted, ("t", 1)).version

    life.happens(say.judged, verdict=CLEAN, state="needs-review")
    with life.database.read() as session:
        before = version(session)
    life.happens(say.judged)
    with life.database.read() as session:
        assert version(session) == before
