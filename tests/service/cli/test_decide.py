"""The words about one contribution and about batches: each does by the command line what its button does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Batch, Contribution
from service.lines import batch
from tests.lines.batch_world import World
from tests.service.cli.test_commands import at, run, told


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two contributions that are merged and wait."""
    made = World(tmp_path, "[batch]\nat_least = 2\n")
    for number, name in ((1, "one"), (2, "two")):
        made.merged(number, f"knowledge/{name}")
    return made


def stand(world: World, state: str) -> None:
    with world.house.database.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state = state
        row.merged = row.merged if state == "held-back" else None
        session.add(row)


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        (["approve", "1"], "needs-review", "approved"),
        (["request-changes", "1", "--reason", "Cite it."], "needs-human", "changes-requested"),
        (["reject", "1", "--reason", "It is no leaf."], "changes-requested", "rejected"),
        (["close", "1", "--reason", "Twice."], "opened", "closed"),
        (["readmit", "1"], "held-back", "merged"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else value,
)
def test_a_word_about_a_contribution_moves_it_as_the_button_would(
    world: World, words: list[str], before: str, after: str
) -> None:
    assert told(*words, *at(world))[1]["error"]["code"] == "refused", "it is merged"
    stand(world, before)
    _, answer = told(*words, *at(world))
    assert answer["data"]["number"] == 1
    assert world.member(1).state == after
    missing = [words[0], "9", *words[2:]]
    assert told(*missing, *at(world))[1]["error"]["code"] == "not-found"


@pytest.mark.parametrize("word", ["blame", "acquit"])
def test_a_word_on_a_culprit_is_heard_by_its_batch(world: World, word: str) -> None:
    assert told(word, "2", *at(world))[1]["error"]["code"] == "refused"
    assert batch.form(world.house, world.repository) is not None
    world.generated()
    assert told(word, "2", *at(world))[0] == 0
    assert world.batch().said == {"2": word}


def test_a_batch_of_exactly_these_is_formed_and_let_pass_with_a_reason(world: World) -> None:
    assert told("batch", "form", "2", "7", *at(world))[1]["error"]["code"] == "refused"
    code, answer = told("batch", "form", "2", *at(world))
    assert (code, answer["data"]["sentence"]) == (0, "Batch 1.")
    assert told("batch", "form", "2", *at(world))[1]["data"]["sentence"] == "Batch 1."
    assert world.batch().members == [2]
    words: list[Any] = ["batch", "override", "1", "--reason", "Looked at by hand.", *at(world)]
    assert told(*words)[1]["error"]["code"] == "refused"
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state = "failed"
        session.add(row)
    assert told(*words)[0] == 0
    assert world.batch().state == "passed"
    assert world.batch().override == {"by": f"plain/{world.owner}", "reason": "Looked at by hand."}


@pytest.mark.parametrize("words", [["reject", "1"], ["request-changes", "1"], ["batch", "override", "1"]])
def test_who_must_say_why_and_does_not_is_told_so(world: World, words: list[str]) -> None:
    assert told(*words, *at(world))[0] == 2


def test_a_batch_is_declared_to_be_a_repair_by_its_maintainer(world: World) -> None:
    assert told("batch", "form", "1", "--profile", "better", *at(world))[1]["error"]["code"] == "refused"
    assert told("batch", "form", "1", "--profile", "repair", *at(world))[0] == 0
    assert world.batch().spec["profile"] == "repair"


def test_a_search_is_shown_with_what_it_will_cost_and_is_stopped(world: World) -> None:
    assert batch.form(world.house, world.repository) is not None
    assert told("batch", "stop-search", "1", *at(world))[1]["error"]["code"] == "refused"
    cost = {"usual": 8, "at_most": 11}
    for seconds, said in (
        ({"usual": 80, "at_most": 110}, " (about 80 s, at most 110 s)"),
        ({"usual": None, "at_most": None}, ""),
    ):
        with world.house.database.write() as session:
            row = session.get_one(Batch, ("t", 1))
            row.state, row.search = "searching", {"estimate": {"trainings": cost, "seconds": seconds}}
            session.add(row)
        shown = run("batch", "show", "1", *at(world))[1]
        assert f"culprit search: estimated at 8 trainings, at most 11{said}\n" in shown
    assert told("batch", "stop-search", "1", *at(world))[0] == 0
    assert world.batch().said == {"search": "stop"}
