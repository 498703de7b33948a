"""What a run of changed inputs found, kept; and that twice as much of anything costs no more than about twice."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.mutation import PATH, Input, first_inputs, found_before, mutated, read_input
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.judge import judge
from triage_rules.plain_text import Unreadable
from triage_rules.rule import Facts
from triage_rules.taxonomy import read
from triage_rules.verdict import Verdict
from triage_rules.yaml_tree import read_tree

HEAD = b"version: 3\ncreated_by: ada\ntask_description: Notes.\nseed_examples:\n"
SEEDS = (("x", "Is ink black?", "Yes, it is."),)


def contribution(given: Input) -> Contribution:
    path = given.path.decode("utf-8", "replace") or PATH
    beside = f"{path.rpartition('/')[0]}/attribution.txt"
    files = (
        ChangedFile(path, "added", after=given.qna),
        ChangedFile(beside, "added", after=given.attribution),
    )
    return Contribution("h", "b", files, author="ada")


def check(given: Input) -> Verdict:
    """A verdict, the same through JSON, each finding in a line that there is."""
    change = contribution(given)
    verdict = judge(change, facts=Facts.of(SEEDS))
    assert Verdict.from_json(verdict.to_json()) == verdict
    lines = {f.path: (f.after or b"").count(b"\n") + (f.after or b"").count(b"\r") + 1 for f in change.files}
    assert all(1 <= (each.line or 1) <= lines.get(each.path, 1) for each in verdict.findings)
    assert all((each.column or 1) >= 1 for each in verdict.findings)
    return verdict


@pytest.mark.parametrize("folder", found_before(), ids=lambda folder: folder.name)
def test_what_was_found_once_ends_in_a_verdict(folder: Path) -> None:
    assert check(read_input(folder)).outcome != "passed"


@pytest.mark.slow
@given(st.randoms(use_true_random=False), st.data())
def test_whatever_a_leaf_is_changed_to_ends_in_a_verdict(draw: object, data: st.DataObject) -> None:
    inputs = first_inputs()
    one, other = (inputs[data.draw(st.integers(0, len(inputs) - 1))] for _ in range(2))
    check(mutated(draw, one, other))  # type: ignore[arg-type]


@given(st.binary(max_size=300), st.sampled_from(["qna.yaml", "knowledge/a/qna.yaml", PATH]))
def test_the_reader_raises_nothing_but_that_it_can_not_read(data: bytes, path: str) -> None:
    with suppress(Unreadable):
        read_tree(data)
    found = read(path, data)
    assert found.tree is not None or found.troubles
    assert all(trouble.message and trouble.remedy for trouble in found.troubles)


def calls(work: Callable[[], object]) -> int:
    """How many calls of Python functions a piece of work takes: the same number on every machine."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def seeds(number: int, question: str, answer: str) -> bytes:
    both = (f"  - question: {question}\n    answer: {answer}\n" for _ in range(number))
    return HEAD + "".join(line.replace("#N", str(n)) for n, line in enumerate(both)).encode()


GROWING: dict[str, Callable[[int], Input]] = {
    "one question": lambda n: Input(b"", seeds(n, "Where is it?", "In place #N."), b""),
    "one question, said yes to": lambda n: Input(b"", seeds(n, "Sort them", "Yes, #N it is."), b""),
    "one seed": lambda n: Input(b"", seeds(n, "Where is the lamp of the harbour?", "It is there."), b""),
    "other questions": lambda n: Input(b"", seeds(n, "Where is lamp #N?", "In place #N."), b""),
    "fields of an attribution": lambda n: Input(b"", HEAD, b"Creator names: Ada\nLink to work: x\n" * n),
    "works of an attribution": lambda n: Input(b"", HEAD, b"Title of work: A\nLicense: MIT\n\n" * n),
    "empty lines of an attribution": lambda n: Input(b"", HEAD, b"Creator names: Ada\n\n" * n),
    "keys that come twice": lambda n: Input(b"", b"a: 1\n" * n, b""),
    "keys": lambda n: Input(b"", b"".join(b"k%d: \t1\n" % each for each in range(n)), b""),
    "entities": lambda n: Input(b"", HEAD + b"  - question: q\n    answer: " + b"Ada 7 " * n + b"\n", b""),
    "lines of a block": lambda n: Input(b"", HEAD + b"  - question: |\n" + b"      line \n" * n, b""),
    "hidden characters": lambda n: Input(b"", HEAD + ("# \u202e\n" * n).encode(), b""),
    "folders": lambda n: Input(b"knowledge/" + b"a/" * (n // 8) + b"qna.yaml", HEAD, b""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GROWING)
def test_twice_as_much_costs_about_twice(name: str) -> None:
    make = GROWING[name]
    check(make(3))  # what is loaded once, is
    one, two = (calls(lambda: judge(contribution(make(n)), facts=Facts.of(SEEDS))) for n in (600, 1200))  # noqa: B023
    assert two < 2.6 * one + 2000
