"""What a batch does with what its search says: who is held back for which leaf, and which run is waited for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.lines import batch
from service.lines.plan import Ends, Needs, Wish
from tests.lines.batch_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three contributions in a batch that is in training."""
    made = World(tmp_path, "[batch]\nat_least = 3\n")
    for number, name in enumerate(("one", "two", "three"), 1):
        made.merged(number, f"knowledge/{name}")
    assert batch.form(made.house, made.repository) is not None
    made.generated()
    return made


def gate(members: tuple[int, ...], leaf: str, change: float, decision: str = "failed") -> dict[str, Any]:
    fell = {"leaf": leaf, "change": change, "low": change - 0.1, "high": change + 0.1}
    return {"members": list(members), "decision": decision, "reasons": [], "result": {"leaves": [fell]}}


def search(leaf: str, blamed: int, **more: Any) -> dict[str, Any]:
    return {
        "leaf": leaf, "blamed": [blamed], "posterior": {str(blamed): 0.98}, "verdict": "blame", "steps": [], **more,
    }  # fmt: skip


def test_whom_a_second_search_finds_is_held_back_for_the_leaf_that_it_was_about(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = (
        gate((1, 2, 3), "knowledge/bells", -0.6),
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
