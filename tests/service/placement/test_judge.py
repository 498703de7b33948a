"""Judging in a process that can be killed: a poisoned revision gets a verdict, and everybody else theirs."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

from service.commands import approve
from service.db import deliveries
from service.db.tables import Contribution, Delivery
from service.house import House
from service.lines import intake, merge, triage
from service.placement.judge import Ask, Fault, Judge, Judged, NoJudge, Open, Stopped
from tests.lines.batch_world import LEAF, SEED, World
from triage_rules.judge import judge
from webhooks.event import Person, Pushed
from webhooks.forge import Pull
from webhooks.plain.forge import PlainForge
from webhooks.plain.scheme import body_of

POISONED = (sys.executable, str(Path(__file__).with_name("poisoned_server.py")))
LIMIT = 4.0  # seconds; only a poison waits for them
FOLDER = "knowledge/bells"

pytestmark = pytest.mark.slow


@pytest.fixture
def judge_of() -> Iterator[Judge]:
    made = Judge(POISONED, LIMIT)
    yield made
    made.close()


class Forge(World):
    """Contributions that lie on the forge and wait to be judged."""

    def proposed(self, number: int, poison: str = "", seeds: int = 5) -> str:
        text = LEAF.format(name="bells") + "".join(SEED.format(name="bells", n=n) for n in range(seeds))
        tip = self.git.references["refs/heads/main"].peel(pygit2.Commit)
        index = pygit2.Index()
        index.read_tree(tip.tree)
        for name, content in ((f"{FOLDER}{number}/qna.yaml", f"{text}# {poison}\n"),):
            index.add(
                pygit2.IndexEntry(name, self.git.create_blob(content.encode()), pygit2.enums.FileMode.BLOB)
            )
        who = pygit2.Signature("Ada", "ada@example.org", number, 0)
        made = self.git.create_commit(
            f"refs/pull/{number}/head", who, who, "Add bells\n", index.write_tree(self.git), [tip.id]
        )
        return str(made)

    def ask(self, number: int, head: str, before: tuple[Open, ...] = ()) -> Ask:
        tip = str(self.git.references["refs/heads/main"].target)
        return Ask(str(self.bare), tip, head, number, "Bells", "ada", None, before)

    def seen(self, number: int) -> Contribution:
        """Take the contribution in, as its delivery would."""
        head = str(self.git.references[f"refs/pull/{number}/head"].target)
        event = Pushed("plain", "t", number, head, "main", "bells", Person("plain", "ada", "Ada"), "Bells")
        triage.seen(self.house, self.repository, event)
        return self.member(number)


@pytest.fixture
def forge(tmp_path: Path, judge_of: Judge) -> Forge:
    made = Forge(tmp_path)
    made.house = dataclasses.replace(made.house, judge=judge_of)
    return made


def rules(told: Judged) -> list[str]:
    return [finding["rule"] for finding in told.verdict["findings"]]


def test_the_process_judges_as_the_rules_do(forge: Forge) -> None:
    from service.facts.listings import in_tree, listings
    from service.git.read import commit_at, contribution
    from triage_rules.index import SeedsIndex
    from triage_rules.rule import Facts

    head = forge.proposed(1, seeds=2)
    told = forge.house.judge.ask(forge.ask(1, head))
    assert isinstance(told, Judged)
    tip = str(forge.git.references["refs/heads/main"].target)
    change = contribution(forge.git, tip, head, title="Bells", author="ada", number=1)
    beside = listings(in_tree(commit_at(forge.git, tip).tree), change.files)
    facts = Facts(seeds_index=SeedsIndex(), listings=beside)
    assert told.verdict == judge(change, None, facts).to_json()
    assert told.leaves == [f"{FOLDER}1"]


def test_who_came_before_is_known_by_its_seeds(forge: Forge) -> None:
    first, second = forge.proposed(1), forge.proposed(2)
    told = forge.house.judge.ask(forge.ask(2, second, (Open(1, first, "somebody-else"),)))
    assert isinstance(told, Judged)
    assert "near-duplicate" in rules(told)
    alone = forge.house.judge.ask(forge.ask(2, second))
    assert isinstance(alone, Judged)
    assert "near-duplicate" not in rules(alone)


@pytest.mark.parametrize(
    ("poison", "why"),
    [
        ("hang", "late"),
        ("end", "ended"),
        ("crash", "ended"),
        ("memory", "ended"),
        ("grow", "ended"),
    ],
)
def test_a_revision_that_hangs_or_ends_its_judge_is_told_apart_and_the_next_one_is_judged(
    forge: Forge, poison: str, why: str
) -> None:
    bad, good = forge.proposed(1, f"POISON {poison}"), forge.proposed(2)
    told = forge.house.judge.ask(forge.ask(1, bad))
    assert isinstance(told, Stopped)
    assert (told.reading.number, told.reading.head, told.why) == (1, bad, why)
    assert told.reading.path == f"{FOLDER}1/qna.yaml"
    assert isinstance(forge.house.judge.ask(forge.ask(2, good, (Open(1, bad, "ada"),))), Judged)


def test_a_rule_that_breaks_is_a_fault_of_ours_and_its_process_goes_on(forge: Forge) -> None:
    bad, good = forge.proposed(1, "POISON fault"), forge.proposed(2)
    told = forge.house.judge.ask(forge.ask(1, bad))
    assert isinstance(told, Fault)
    assert "a rule divides by nothing" in told.trace
    assert isinstance(forge.house.judge.ask(forge.ask(2, good)), Judged)


def test_another_contribution_that_can_not_be_read_is_left_out_and_blames_nobody_else(forge: Forge) -> None:
    good = forge.proposed(2)
    told = forge.house.judge.ask(forge.ask(2, good, (Open(1, "0" * 40, "ada"),)))
    assert isinstance(told, Judged)


def test_a_judge_that_is_killed_from_outside_is_replaced(forge: Forge) -> None:
    head = forge.proposed(1)
    assert isinstance(forge.house.judge.ask(forge.ask(1, head)), Judged)
    process = forge.house.judge._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert isinstance(forge.house.judge.ask(forge.ask(1, head)), Judged)


def test_a_closed_judge_leaves_no_process_and_takes_no_question(forge: Forge) -> None:
    head = forge.proposed(1)
    forge.house.judge.ask(forge.ask(1, head))
    process = forge.house.judge._process
    assert process is not None
    forge.house.judge.close()
    assert process.poll() is not None
    with pytest.raises(NoJudge):
        forge.house.judge.ask(forge.ask(1, head))


def test_a_judge_that_can_not_start_blames_no_revision(forge: Forge) -> None:
    made = Judge((sys.executable, "-c", "raise SystemExit(3)"), LIMIT)
    with pytest.raises(NoJudge):
        made.ask(forge.ask(1, forge.proposed(1)))


def test_a_delivery_that_nobody_can_judge_now_is_kept_and_judged_later(forge: Forge, judge_of: Judge) -> None:
    head, ada = forge.proposed(1), Person("plain", "ada", "Ada")
    PlainForge(forge.bare).adopt(Pull(1, head, "main", "bells", "Bells", ada, 0.0))
    body = zlib.compress(body_of(Pushed("plain", "t", 1, head, "main", "bells", ada, "Bells")))
    with forge.house.database.write() as session:
        session.add(Delivery(id="d", forge="plain", event="pushed", repository="t", body=body, received=1.0))
    broken = Judge((sys.executable, "-c", "raise SystemExit(3)"), LIMIT)
    intake.take(dataclasses.replace(forge.house, judge=broken), "d")
    with forge.house.database.read() as session:
        assert deliveries.waiting(session, time.time() + 60) == ["d"], "it waits a moment, and then its turn"
    intake.take(forge.house, "d")
    with forge.house.database.read() as session:
        assert deliveries.waiting(session, time.time() + 60) == []
    assert forge.member(1).verdict is not None


def test_a_judge_ends_when_who_started_it_is_gone(forge: Forge) -> None:
    forge.house.judge.ask(forge.ask(1, forge.proposed(1)))
    process = forge.house.judge._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # what the kernel does when a process dies, however it dies
    assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("poison", "state"),
    [("hang", "changes-requested"), ("end", "changes-requested"), ("fault", "needs-human")],
)
def test_the_poisoned_contribution_gets_a_verdict_and_is_judged_once(
    forge: Forge, poison: str, state: str
) -> None:
    forge.proposed(1, f"POISON {poison}")
    forge.proposed(2)
    row = forge.seen(1)
    assert row.verdict is not None
    assert (row.state, [f["rule"] for f in row.verdict["findings"]]) == (state, ["not-judged"])
    assert row.verdict["not_checked"]
    assert forge.seen(2).state in ("needs-review", "changes-requested", "needs-human")
    count = len(forge.events())
    forge.seen(1)
    assert len(forge.events()) == count, "a second delivery judges nothing again"


def test_what_no_rule_could_look_at_is_approved_by_nobody(forge: Forge) -> None:
    forge.proposed(1, "POISON fault")
    assert forge.seen(1).state == "needs-human"
    with pytest.raises(ValueError, match="nobody knows what it would merge"):
        approve.do(forge.house, "t", {"number": 1}, Person("plain", "uma"))
    assert forge.member(1).state == "needs-human"


def test_what_no_rule_can_look_at_any_more_is_not_merged_by_an_older_approval(forge: Forge) -> None:
    head = forge.proposed(1, "POISON fault")
    with forge.house.database.write() as session:
        row = Contribution(repository="t", number=1, topic="bells", title="Bells", author_forge="plain",
                           author_id="ada", state="approved", head=head, approved_head=head, opened=1.0,
                           updated=1.0)  # fmt: skip
        session.add(row)
    assert merge.merge_approved(forge.house, forge.repository) == 0
    assert [f["rule"] for f in (forge.member(1).verdict or {})["findings"]] == ["not-judged"]
    assert forge.member(1).merged is None


def test_a_poisoned_contribution_that_is_mended_is_judged_as_any(forge: Forge) -> None:
    forge.proposed(1, "POISON end")
    assert forge.seen(1).state == "changes-requested"
    forge.git.references.delete("refs/pull/1/head")
    forge.proposed(1)
    row = forge.seen(1)
    assert row.verdict is not None
    assert "not-judged" not in [f["rule"] for f in row.verdict["findings"]]


def test_a_house_judges_with_the_rules_where_nobody_says_otherwise(tmp_path: Path) -> None:
    made = Forge(tmp_path)
    made.proposed(1)
    try:
        row = made.seen(1)
    finally:
        made.house.judge.close()
    assert isinstance(made.house, House)
    assert row.verdict is not None
    assert row.leaves == [f"{FOLDER}1"]
