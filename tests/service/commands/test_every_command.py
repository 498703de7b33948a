"""What holds for every command: found by its file, with its help, refused to strangers, unknown ones named."""

from __future__ import annotations

import importlib
from pathlib import Path
from pkgutil import iter_modules

import pytest

from service import commands
from service.lines.obey import known, number_of, obey
from tests.lines.batch_world import World
from webhooks.event import Person
from webhooks.forge import Right

ASKING = ("explain", "help", "queue", "status", "why")  # they change nothing: whoever may read may ask
FILES = [module.name for module in iter_modules(commands.__path__)]


@pytest.mark.parametrize("name", FILES)
def test_a_command_is_one_file_named_as_it_is_called_with_its_help_and_its_right(name: str) -> None:
    module = importlib.import_module(f"service.commands.{name}")
    assert name.replace("_", "-") == module.NAME
    assert known()[module.NAME] is module
    assert (module.__doc__ or "").strip().splitlines()[0].endswith((".", ";"))
    assert Right.triage <= module.RIGHT or name in ASKING
    assert isinstance(module.WORDS, str)


def test_a_stranger_can_give_no_command_and_nothing_is_recorded(tmp_path: Path) -> None:
    world = World(tmp_path)
    before = world.events()
    stranger = Person("plain", "stranger", "stranger")
    for name in set(known()) - set(ASKING):
        answer = obey(
            world.house, "t", name, {"number": 1, "batch": 1, "run": 1, "reason": "Mine."}, stranger
        )
        assert not answer.ok
        assert "needs the right to" in answer.sentence
    assert world.events() == before


def test_a_command_that_nobody_knows_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    world = World(tmp_path)
    owner = Person("plain", world.owner, world.owner)
    answer = obey(world.house, "t", "explode", {}, owner)
    assert not answer.ok
    assert "give-up" in answer.sentence
    assert "retry" in answer.sentence


def test_a_command_about_what_is_not_there_says_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    owner = Person("plain", world.owner, world.owner)
    asked = {"number": 7, "batch": 7, "run": 7, "numbers": [7], "reason": "Because."}
    for name in set(known()) - {"help"}:
        answer = obey(world.house, "t", name, asked, owner)
        assert not answer.ok, name
        assert answer.sentence.endswith("."), answer.sentence


def test_a_command_without_what_it_needs_is_answered_and_breaks_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    owner = Person("plain", world.owner, world.owner)
    for name in set(known()) - {"help"}:
        answer = obey(world.house, "t", name, {"number": 7, "arguments": ()}, owner)
        assert not answer.ok, name
        if name not in ("batch", "cut"):
            assert not obey(world.house, "t", name, {}, owner).ok, name


@pytest.mark.parametrize("number", [10**30, 2**63, -1, 1.5, "x", "", None, [], True])
def test_what_is_no_number_of_anything_is_answered_and_breaks_nothing(tmp_path: Path, number: object) -> None:
    world = World(tmp_path)
    owner = Person("plain", world.owner, world.owner)
    asked = {"number": number, "batch": number, "run": number, "numbers": [number], "reason": "Because."}
    for name in set(known()) - {"help"}:
        answer = obey(world.house, "t", name, asked, owner)
        assert not answer.ok, name
        assert answer.sentence.endswith("."), answer.sentence
    held = obey(world.house, "t", "give-up", {"batch": 1, "reason": "Why not.", "hold": [number]}, owner)
    assert held.sentence == "Name the contribution by its number."


def test_a_batch_is_asked_for_by_the_words_of_a_comment_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number, name in ((1, "one"), (2, "two")):
        world.merged(number, f"knowledge/{name}")
    owner = Person("plain", world.owner, world.owner)
    assert obey(world.house, "t", "batch", {"number": 1, "arguments": ("#2",)}, owner).ok
    assert world.batch().members == [2]


def test_a_policy_that_cannot_be_read_is_said_with_its_line_and_the_remedy(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.merged(1, "knowledge/one")
    world.write(".upweight/policy.toml", "[batch]\nat_leest = 3\n")
    world.commit("Mistype the policy")
    owner = Person("plain", world.owner, world.owner)
    for name in ("approve", "batch"):
        answer = obey(world.house, "t", name, {"number": 1}, owner)
        assert not answer.ok
        assert answer.sentence.startswith(".upweight/policy.toml:2: `batch.at_leest` is not known.")
        assert "at_least" in answer.sentence


def test_a_number_is_named_as_such_or_by_the_first_word_of_a_comment() -> None:
    assert number_of({"batch": 3}, "batch") == number_of({"arguments": ("#3", "why")}, "batch") == 3
    assert number_of({"number": "#7", "arguments": ("9",)}, "contribution") == 7
    for wrong in (
        {},
        {"batch": "x"},
        {"batch": -1},
        {"batch": None},
        {"arguments": ("now",)},
        {"batch": 2**63},
    ):
        with pytest.raises(ValueError, match="Name the batch by its number"):
            number_of(wrong, "batch")
