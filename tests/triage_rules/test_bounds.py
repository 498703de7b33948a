"""A verdict stays readable however many leaves a contribution has, and its outcome is that of all its findings."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from triage_rules.bounds import MOST_IN_A_FILE, MOST_OF_A_RULE, bounded
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Finding, Weight
from triage_rules.judge import judge
from triage_rules.verdict import outcome_of, things


def found(path: str, line: int, weight: Weight = Weight.fix, rule: str = "lint") -> Finding:
    return Finding(rule, weight, path, line, 1, f"Line {line} is wrong.", "Mend it.")


def test_of_one_rule_in_one_file_the_rest_is_counted() -> None:
    kept = bounded(found("a", line) for line in range(1, 61))
    assert len(kept) == MOST_IN_A_FILE + 1
    assert [each.message for each in kept if each.line is None] == ["35 more of the same kind in this file."]


def test_of_one_rule_over_all_files_the_rest_is_counted_once_with_what_files_left_out_too() -> None:
    kept = bounded(found(f"{name:03}", line) for name in range(200) for line in range(1, 31))
    assert len(kept) == MOST_OF_A_RULE + 1
    shown = [each for each in kept if each.line is not None]
    within = [each for each in kept if each.line is None and "in this file" in each.message]
    (last,) = [each for each in kept if "files, of which this is one" in each.message]
    told = len(shown) + sum(int(each.message.split()[0]) for each in within) + int(last.message.split()[0])
    assert told == 200 * 30
    assert "`upweight check FOLDER`" in last.remedy


def test_the_heaviest_are_kept_wherever_they_lie() -> None:
    light = [found(f"a{name:03}", 1, Weight.note) for name in range(300)]
    heavy = [found(f"z{name:03}", 1, Weight.stop) for name in range(3)]
    kept = bounded([*light, *heavy])
    assert kept[:3] == heavy
    assert [each.weight for each in kept if "more of the same" in each.message] == [Weight.note]


def test_one_rule_takes_no_room_from_another() -> None:
    other = found("b", 7, Weight.note, "placeholder-text")
    assert other in bounded([*(found(f"{name:03}", 1) for name in range(500)), other])


FINDINGS = st.lists(
    st.builds(
        found, st.sampled_from([f"p{n}" for n in range(9)]), st.integers(1, 60), st.sampled_from(Weight),
        st.sampled_from(["one", "other"]),
    ),
    max_size=400,
)  # fmt: skip


@given(FINDINGS, st.randoms(use_true_random=False))
def test_the_outcome_is_that_of_all_findings_and_their_order_does_not_matter(
    findings: list[Finding], chance: object
) -> None:
    kept = bounded(findings)
    assert outcome_of(tuple(kept)) == outcome_of(tuple(findings))
    assert len(kept) <= 2 * (MOST_OF_A_RULE + 1)
    chance.shuffle(findings)  # type: ignore[attr-defined]
    assert bounded(findings) == kept


def test_the_verdict_on_two_thousand_empty_leaves_is_small() -> None:
    files = [
        ChangedFile(f"compositional_skills/leaf_{n}/qna.yaml", "added", after=b"version: 3\n")
        for n in range(2000)
    ]
    verdict = judge(Contribution("h", "b", tuple(files), author="ada"))
    assert verdict.outcome == "changes-requested"
    assert verdict.next.startswith("ada has more than 100 things to mend")
    by_rule = {each.rule for each in verdict.findings}
    assert len(verdict.findings) <= len(by_rule) * (MOST_OF_A_RULE + 1)
    assert len(json.dumps([each.to_json() for each in verdict.findings])) < 500_000


def test_past_a_hundred_things_are_not_counted() -> None:
    assert [things(count) for count in (1, 2, 100, 101)] == [
        "1 thing",
        "2 things",
        "100 things",
        "more than 100 things",
    ]
