"""Test cases that lie beside a policy: what they expect, how they differ, and what is wrong with one that is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service import demo
from service.policy_cases import CASES, Outcome, cases_below, root_of, run
from service.policy_text import named
from tests.triage_rules.test_presets import ATTRIBUTION, FOLDER, skill
from triage_rules.policy import Policy


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case that brings a good leaf, and expects nothing yet."""
    folder = tmp_path / CASES / "letters"
    write(folder, f"files/{FOLDER}/qna.yaml", skill())
    write(folder, f"files/{FOLDER}/attribution.txt", ATTRIBUTION)
    return folder


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def expect(case: Path, text: str, policy: str = "") -> Outcome:
    write(case, "expected.toml", text)
    return run(case, Policy.from_toml(policy))


def test_a_case_is_as_expected_and_says_what_was_found(case: Path) -> None:
    assert expect(case, 'verdict = "passed"\nnot_found = ["too-few-seeds"]\n') == Outcome(
        "letters", (), "passed"
    )
    write(case, f"files/{FOLDER}/qna.yaml", skill(3))
    outcome = expect(case, '[found]\ntoo-few-seeds = "stop"\n')
    assert (outcome.differences, outcome.found) == ((), {"too-few-seeds": "stop"})


def test_each_difference_is_a_line(case: Path) -> None:
    write(case, f"files/{FOLDER}/qna.yaml", skill(3))
    text = 'verdict = "passed"\nnot_found = ["too-few-seeds"]\n[found]\n'
    text += 'too-few-seeds = "doubt"\nlint = "any"\nsecret = "stop"\n'
    at = f"{FOLDER}/qna.yaml:4: 3 entries of `seed_examples`; at least 5 are needed."
    assert expect(case, text, '[rules.secret]\nweight = "off"\n').differences == (
        f"verdict: expected passed, is changes-requested: stop at {at}",
        f"too-few-seeds: expected as doubt, is stop at {at}",
        "lint: expected, but it finds nothing",
        "secret: expected as stop, but the policy has it off",
        f"too-few-seeds: expected to find nothing, finds stop at {at}",
    )


def test_a_policy_that_is_changed_is_caught_by_its_cases(case: Path) -> None:
    write(case, f"files/{FOLDER}/qna.yaml", skill(5))
    text = 'verdict = "passed"\n'
    assert not expect(case, text).differences
    assert expect(case, text, "[rules.too-few-seeds]\nat_least = 6\n").differences


def test_who_brings_it_and_how_is_part_of_the_case(case: Path) -> None:
    commits = '[contribution]\ncommits = ["Add letters", "More\\n\\nSigned-off-by: A <a@example.org>"]\n'
    outcome = expect(case, commits + '[found]\nmissing-sign-off = "fix"\n')
    assert not outcome.differences
    write(case, f"files/{FOLDER}/qna.yaml", skill(by="somebody-else"))
    handle = '[found]\nnot-the-author = "note"\n[contribution]\nauthor = "ada"\n'
    assert not expect(case, handle).differences
    signed = 'not_found = ["missing-sign-off"]\n[contribution]\nname = "Bo"\nemail = "bo@example.org"\n'
    assert not expect(case, signed).differences


def test_what_stands_in_the_taxonomy_before_is_known(case: Path) -> None:
    write(case, "base/compositional_skills/old/qna.yaml", skill())
    assert expect(case, '[found]\nnear-duplicate = "fix"\n').differences == ()
    moved = (
        'not_found = ["near-duplicate"]\n[contribution]\ndeleted = ["compositional_skills/old/qna.yaml"]\n'
    )
    assert expect(case, moved).differences == ()
    write(case, f"base/{FOLDER}/qna.yaml", skill())
    assert expect(case, 'not_found = ["lint"]\n').differences == ()


def test_a_link_is_brought_as_a_link_and_never_followed(case: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("nothing to see\n")
    os.symlink(tmp_path / "secret.txt", case / "files" / FOLDER / "notes.md")
    os.symlink(tmp_path, case / "files" / FOLDER / "folder")
    outcome = expect(case, '[found]\nsymlink-or-submodule = "stop"\n')
    assert outcome.differences == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "letters/expected.toml:1: Nothing is expected."),
        (
            '\nverdikt = "passed"\n',
            "letters/expected.toml:2: `verdikt` is not known. Did you mean `verdict`?",
        ),
        ('verdict = "fine"\n', "letters/expected.toml:1: `verdict`: it must be `passed`"),
        (
            '[found]\n\nlint = "any"\nto-few-seeds = "any"\n',
            "letters/expected.toml:4: There is no rule `to-few-seeds`. Did you mean `too-few-seeds`?",
        ),
        ('not_found = ["lnt"]\n', "letters/expected.toml:1: There is no rule `lnt`. Did you mean `lint`?"),
        ('[found]\nlint = "heavy"\n', "letters/expected.toml:2: `found.lint`: "),
        (
            'verdict = "passed"\n[contribution]\nautor = "a"\n',
            "letters/expected.toml:3: `contribution.autor` is not",
        ),
        ("verdict = \n", "letters/expected.toml:1: Not TOML"),
        (
            'verdict = "passed"\n[contribution]\ndeleted = ["a"]\n',
            "letters/expected.toml:1: `a` is not there",
        ),
    ],
)
def test_a_case_that_is_none_says_where_and_differs(case: Path, text: str, said: str) -> None:
    (difference,) = expect(case, text).differences
    assert difference.startswith(said)


def test_a_case_without_expectation_or_with_what_git_refuses_differs(case: Path) -> None:
    (difference,) = run(case, Policy.default()).differences
    assert difference.startswith("letters/expected.toml:1: There is no such file.")
    write(case, "files/.git/config", "[core]\n")
    (difference,) = expect(case, 'verdict = "passed"\n').differences
    assert difference.startswith("letters:1: Git can't hold this case")


def test_cases_are_found_from_the_taxonomy_and_from_within(case: Path, tmp_path: Path) -> None:
    other = tmp_path / CASES / "notes"
    other.mkdir()
    assert root_of(case / "files") == root_of(tmp_path) == tmp_path
    assert cases_below(tmp_path, tmp_path) == cases_below(tmp_path, tmp_path / CASES) == [case, other]
    assert cases_below(tmp_path, other) == [other]
    assert cases_below(tmp_path, case / "files") == [case]
    assert root_of(tmp_path / "elsewhere") == tmp_path
    assert root_of(tmp_path.parent) is None


def test_the_demos_policy_is_as_its_cases_expect() -> None:
    taxonomy = Path(demo.__file__).parent / "data" / "taxonomy"
    policy = named(str(taxonomy)).judging
    outcomes = [run(each, policy) for each in cases_below(taxonomy, taxonomy)]
    assert len(outcomes) == 2
    assert [each.differences for each in outcomes] == [(), ()]
    strict = [run(each, named("strict").judging) for each in cases_below(taxonomy, taxonomy)]
    assert [bool(each.differences) for each in strict] == [False, True], "and they would catch another policy"
