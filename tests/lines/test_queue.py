"""The forge's merge queue is answered: the files of all together, judged once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.lines import queue
from service.placement.judge import Ask, Fault, Judged, Stopped
from tests.lines.forge_world import Forge, ForgeWorld, Kind, leaf
from tests.lines.test_merge_on_forge import ONE, TWO
from webhooks.event import Queued
from webhooks.report import Check


class Marked(Forge):
    """A forge that takes checks."""

    def mark(self, number: int, check: Check) -> None:
        self.calls.append(("mark", check))


class Says(Kind):
    """A judge that finds these; it keeps what it was asked."""

    def __init__(self, *findings: tuple[str, str]) -> None:
        self.findings, self.asked = findings, list[Ask]()

    def ask(self, ask: Ask) -> Judged | Fault | Stopped:
        self.asked.append(ask)
        judged = super().ask(ask)
        assert isinstance(judged, Judged)
        found = [
            {"weight": weight, "path": path, "message": "@all is wrong", "rule": "r"}
            for weight, path in self.findings
        ]
        return Judged({**judged.verdict, "findings": found}, [])


@pytest.fixture
def world(tmp_path: Path) -> ForgeWorld:
    made = ForgeWorld(tmp_path)
    made.git.config["uploadpack.allowReachableSHA1InWant"] = "true"
    made.house.abroad = Marked(made.bare)
    return made


def asked(world: ForgeWorld, judge: Kind, head: str) -> Check:
    world.house.judge = judge
    queue.answer(world.house, world.repository, Queued("plain", "t", head, world.main))
    forge = world.house.abroad
    assert forge is not None
    name, check = forge.calls[-1]
    assert name == "mark"
    assert isinstance(check, Check)
    assert check.head == head
    return check


def grouped(world: ForgeWorld) -> str:
    """Two contributions as the queue would merge them, on a branch of the queue's own."""
    first = world.files(None, {ONE: leaf("one", 1, 2)}, world.main)
    return world.files("refs/heads/gh-readonly-queue/main/pr-1", {TWO: leaf("two", 1, 2)}, first)


def test_what_holds_together_is_answered_with_success(world: ForgeWorld) -> None:
    head, judge = grouped(world), Says(("doubt", ONE), ("stop", ""))
    assert asked(world, judge, head).conclusion == "success"
    assert (judge.asked[0].tip, judge.asked[0].head) == (world.main, head)


def test_what_stands_against_a_file_is_answered_with_failure_and_calls_nobody(world: ForgeWorld) -> None:
    check = asked(world, Says(("stop", ONE)), grouped(world))
    assert check.conclusion == "failure"
    assert ONE in check.summary
    assert "@all" not in check.summary


@pytest.mark.parametrize("head", ["0" * 40, "main", "--upload-pack=x"])
def test_what_nobody_can_look_at_does_not_go_in(world: ForgeWorld, head: str) -> None:
    assert asked(world, Says(), head).conclusion == "failure"
