"""What a batch does with what its search says: who is held back for which leaf, and which run is waited for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Batch
from service.lines import batch
from service.lines.obey import obey
from service.lines.plan import Ends, Needs, Wish
from tests.lines.batch_world import World
from webhooks.event import Person


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three contributions in a batch that is in training."""
    made = World(tmp_path, "[batch]\nat_least = 3\n")
    for number, name in enumerate(("one", "two", "three"), 1):
        made.merged(number, f"knowledge/{name}")
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    return made


def gate(
    members: tuple[int, ...], leaf: str, change: float, decision: str = "failed", look: int = 1
) -> dict[str, Any]:
    fell = {"leaf": leaf, "change": change, "low": change - 0.1, "high": change + 0.1}
    told = {"members": list(members), "look": look, "decision": decision, "reasons": []}
    return {**told, "result": {"leaves": [fell]}}


def search(leaf: str, blamed: int, **more: Any) -> dict[str, Any]:
    return {
        "leaf": leaf, "blamed": [blamed], "posterior": {str(blamed): 0.98}, "verdict": "blame", "steps": [], **more,
    }  # fmt: skip


def test_whom_a_second_search_finds_is_held_back_for_the_leaf_that_it_was_about(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = (
        gate((1, 2, 3), "knowledge/bells", -0.4, "inconclusive"),
        gate((1, 2, 3), "knowledge/bells", -0.6, look=2),
        gate((2, 3), "knowledge/ferries", -0.3),
        gate((3,), "knowledge/bells", 0.0, "passed"),
    )
    told = search("knowledge/ferries", 2, earlier=[search("knowledge/bells", 1)])
    monkeypatch.setattr(batch, "step", lambda *_: Ends("passed", (3,), (1, 2), gates, told))
    world.advance()
    first, second = world.member(1).held, world.member(2).held
    assert first is not None
    assert second is not None
    assert (first["leaf"], first["change"]) == ("knowledge/bells", -0.6)
    assert (second["leaf"], second["change"]) == ("knowledge/ferries", -0.3)
    assert [world.member(n).state for n in (1, 2, 3)] == ["held-back", "held-back", "batched"]
    assert [kind for kind, _ in world.events()].count("contribution.held-back") == 2


def test_a_search_run_that_nobody_asks_for_any_more_is_waited_for_before_the_next_is_queued(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in world.runs("queued"):
        world.end(run, scores={})
    asked, instead = (Wish("train", "search", mix, 9, "search") for mix in ((1,), (2,)))
    for wish in (asked, instead):
        monkeypatch.setattr(batch, "step", lambda *_, it=wish: Needs("searching", (it,), search={}))
        world.advance()
        assert [run.mix for run in world.runs("queued")] == [[1]]
    world.end(world.runs("queued")[0], scores={})
    world.advance()
    assert [run.mix for run in world.runs("queued")] == [[2]]


def test_who_was_held_back_alone_and_is_readmitted_makes_a_new_batch_when_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = Person("plain", world.owner, world.owner)

    def ask(name: str, *numbers: int) -> str:
        asked = {"number": numbers[0], "numbers": list(numbers)}
        return obey(world.house, "t", name, asked, owner).sentence

    assert obey(world.house, "t", "cancel", {"run": world.runs("queued")[0].id}, owner).ok
    world.advance()
    assert obey(world.house, "t", "give-up", {"batch": 1, "reason": "To ask for one alone."}, owner).ok
    assert ask("batch", 1) == ask("batch", 1) == "Batch 2."
    world.generated(2)
    fell = gate((1,), "knowledge/bells", -0.6)
    monkeypatch.setattr(
        batch, "step", lambda *_: Ends("failed", (), (1,), (fell,), search("knowledge/bells", 1))
    )
    world.advance(2)
    assert (world.batch(2).state, world.member(1).state) == ("failed", "held-back")
    assert "No batch can start now" in ask("batch", 1)
    assert ask("readmit", 1) == "It waits for the next batch."
    assert ask("batch", 1) == "Batch 3."
    assert world.batch(3).members == [1]


def test_a_batch_that_failed_and_still_has_its_members_is_the_one_that_is_meant(world: World) -> None:
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state = "failed"
        session.add(row)
    made = batch.form(world.house, world.repository, [3, 1, 2])
    assert made is not None
    assert made.id == 1
