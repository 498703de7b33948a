"""A fix is made to the letter, is left out where it no longer fits, and travels with its finding."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.triage_rules.test_judge import SEEDS, contribution, leaf
from triage_rules.finding import Finding, Weight
from triage_rules.fix import MOST_CARRIED, Edit, Fix, apply, lines_of, replaced
from triage_rules.judge import judge
from triage_rules.rule import Facts
from triage_rules.verdict import Verdict

KEYS = ["rule", "weight", "path", "line", "column", "message", "remedy"]
TEXT = st.text(st.sampled_from("ab \t\r\n\x85\u2028é\ufeff"), max_size=40)


def test_one_line_changes_and_the_others_keep_their_bytes() -> None:
    data = b"a \r\nb\rc\nd"
    assert apply(data, [replaced(2, "b", "B", "")])[0] == b"a \r\nB\rc\nd"
    assert apply(data, [replaced(4, "d", "d", "")])[0] == b"a \r\nb\rc\nd\r\n"


def test_lines_go_in_above_a_line_and_out() -> None:
    assert apply(b"a\nb\n", [Fix("", (Edit(2, (), ("x", "y")),))])[0] == b"a\nx\ny\nb\n"
    assert apply(b"a\nb\n", [Fix("", (Edit(1, ("a",), ()),))])[0] == b"b\n"


def test_what_is_stale_or_overlaps_is_left_out_and_told() -> None:
    stale, first, second = replaced(1, "x", "y", ""), replaced(1, "a", "b", ""), replaced(1, "a", "c", "")
    assert apply(b"a\n", [stale, first, second]) == (b"b\n", [first])
    assert apply(b"a\n", [replaced(9, "a", "b", "")]) == (b"a\n", [])
    assert apply(b"\xff\n", [first]) == (b"\xff\n", [])


def test_line_ends_alone_change() -> None:
    assert apply(b"a\r\nb\rc", [Fix("", line_ends=True)])[0] == b"a\nb\nc"


@given(TEXT)
def test_lines_and_their_ends_are_the_text(text: str) -> None:
    assert "".join(line + end for line, end in lines_of(text)) == text
    assert apply(text.encode(), []) == (text.encode(), [])


@given(TEXT, st.data())
def test_an_edit_that_changes_nothing_adds_an_end_at_most(text: str, data: st.DataObject) -> None:
    lines = lines_of(text)
    if lines:
        at = data.draw(st.integers(1, len(lines)))
        line = lines[at - 1][0]
        done, _ = apply(text.encode(), [replaced(at, line, line, "")])
        assert done.decode().startswith(text)
        assert len(done.decode()) - len(text) <= (0 if lines[at - 1][1] else 2)


EDITS = st.builds(Edit, st.integers(1, 99), st.tuples(TEXT), st.tuples(TEXT, TEXT) | st.just(()))
FIXES = st.builds(
    Fix, TEXT, st.lists(EDITS, max_size=3).map(tuple), st.none() | TEXT, st.booleans(), st.booleans()
)


@given(FIXES)
def test_a_finding_comes_back_with_its_patch(fix: Fix) -> None:
    finding = Finding("lint", Weight.fix, "p", 1, 2, "m", "r", fix)
    told = finding.to_json()
    assert list(told) == [*KEYS, "patch"]
    assert Finding.from_json(told) == finding


def test_a_finding_without_a_patch_has_the_keys_of_the_contract_and_an_older_one_loads() -> None:
    finding = Finding("lint", Weight.fix, "p", 1, 2, "m", "r")
    assert list(finding.to_json()) == KEYS
    assert Finding.from_json(dict.fromkeys(KEYS) | {"weight": "fix"}).fix is None


def test_a_verdict_comes_back_with_its_patches() -> None:
    verdict = judge(
        contribution(leaf(SEEDS).replace(b"warm wish", b"warm wish").rstrip()), facts=Facts.of([])
    )
    [finding] = verdict.findings
    assert finding.fix == replaced(
        14, "    answer: Within a week.", "    answer: Within a week.", finding.fix.what
    )  # type: ignore[union-attr]
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_a_finding_carries_no_patch_that_is_long() -> None:
    seeds = [*SEEDS, ("What is long?", "word " * (MOST_CARRIED // 5) + "  ")]
    verdict = judge(contribution(leaf(seeds)), facts=Facts.of([]))
    assert [(each.rule, each.fix) for each in verdict.findings if each.rule == "lint"] == [("lint", None)]
