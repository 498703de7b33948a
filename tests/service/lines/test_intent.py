"""What a batch is for, from what its members change."""

from __future__ import annotations

import pytest

from service.lines.intent import Version, disagreement, settled, suggested
from tests.lines.batch_world import LEAF, SEED
from triage_rules.taxonomy import Leaf, read_leaf

RELEASED = {"knowledge/old", "knowledge/older"}


def leaf(*seeds: int, mended: bool = False) -> Leaf:
    text = LEAF.format(name="old") + "".join(SEED.format(name="old", n=n) for n in seeds)
    text = text.replace("It is old 0.", "It was always something else.") if mended else text
    found, _ = read_leaf("knowledge/old/qna.yaml", text.encode())
    assert found is not None
    return found


MENDED: Version = ("knowledge/old", leaf(0, 1), leaf(0, 1, mended=True))


@pytest.mark.parametrize(
    ("changes", "profile"),
    [
        ([MENDED], "repair"),
        ([MENDED, ("knowledge/older", leaf(0, 1), leaf(0))], "repair"),
        ([MENDED, ("knowledge/older", leaf(0), leaf(0, 1))], "gain"),
        ([MENDED, ("knowledge/new", None, leaf(0))], "gain"),
        ([("knowledge/new", leaf(0), leaf(0, mended=True))], "gain"),
        ([("knowledge/old", leaf(0), leaf(0))], "gain"),
        ([("knowledge/old", leaf(0), None)], "remove"),
        ([("knowledge/old", leaf(0), None), ("knowledge/older", leaf(0), None)], "remove"),
        ([("knowledge/old", leaf(0), None), ("knowledge/new", None, leaf(0))], "gain"),
        ([("knowledge/new", leaf(0), None)], "gain"),
        ([MENDED, ("knowledge/older", leaf(0), None)], "repair"),
        ([], "gain"),
    ],
)
def test_what_the_members_change_says_what_the_batch_is_for(changes: list[Version], profile: str) -> None:
    assert suggested(changes, RELEASED) == profile


@pytest.mark.parametrize(("declared", "by_diff"), [(None, "gain"), (None, "repair"), ("repair", "repair")])
def test_nothing_is_said_where_nobody_disagrees(declared: str | None, by_diff: str) -> None:
    assert disagreement(declared, by_diff) == []


@pytest.mark.parametrize(
    ("declared", "by_diff", "profile"),
    [
        (None, "remove", "remove"),
        ("gain", "remove", "gain"),
        ("remove", "gain", "gain"),
        ("remove", "repair", "repair"),
    ],
)
def test_nothing_hides_in_a_removal(declared: str | None, by_diff: str, profile: str) -> None:
    assert settled(declared, by_diff) == profile


@pytest.mark.parametrize(
    ("declared", "by_diff"), [("gain", "repair"), ("repair", "gain"), ("remove", "gain"), ("gain", "remove")]
)
def test_a_declaration_that_the_changes_contradict_is_noted(declared: str, by_diff: str) -> None:
    (said,) = disagreement(declared, by_diff)
    assert said.startswith(f"Declared as {declared}, but it looks like {by_diff}: ")
