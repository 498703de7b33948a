"""What a program mends: each fault by itself, and the words of a leaf left as they are whatever is mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tests.triage_rules.test_judge import ATTRIBUTION, FOLDER, SEEDS, leaf
from triage_rules.contribution import EXECUTABLE, ChangedFile, Contribution
from triage_rules.mending import Mended, mend, wanted
from triage_rules.policy import Policy
from triage_rules.taxonomy import read

HEAD = "version: 3\ncreated_by: ada\ntask_description: Advice.\nseed_examples:\n"
PAIR = "  - question: Who writes?\n    answer: "
GOOD = leaf(SEEDS)


def of(*files: ChangedFile) -> Contribution:
    return Contribution("h", "b", files)


def qna(data: bytes | str, path: str = f"{FOLDER}/qna.yaml") -> Contribution:
    data = data.encode() if isinstance(data, str) else data
    return of(
        ChangedFile(f"{FOLDER}/attribution.txt", "added", after=ATTRIBUTION),
        ChangedFile(path, "added", after=data),
    )


def mended(data: bytes | str, policy: Policy | None = None) -> str | None:
    """The file afterwards, None where nothing is mended."""
    found = mend(qna(data), policy or Policy.default())
    return found[0].after.decode() if found else None


def test_a_clean_leaf_is_left_alone() -> None:
    assert mended(GOOD) is None


ONE = [
    (PAIR + "Ada.  \t\n", PAIR + "Ada.\n"),
    (PAIR + "Ada.", PAIR + "Ada.\n"),
    (PAIR + "| Ada writes.\n", PAIR + "|\n      Ada writes.\n"),
    (PAIR + "|Ada writes.\n      Bo reads.\n", PAIR + "|\n      Ada writes.\n      Bo reads.\n"),
    (PAIR + ">- 3 of them\n", PAIR + ">-\n      3 of them\n"),
    (PAIR + "|\n    Ada, who writes.\n    Bo too.\n", PAIR + "|\n      Ada, who writes.\n      Bo too.\n"),
    (PAIR + "|\n      Ada.\n  Bo.\n", PAIR + "|\n      Ada.\n      Bo.\n"),
    (PAIR + "one of two: Ada's\n", PAIR + "'one of two: Ada''s'\n"),
    ("  - question:Who writes?\n    answer: Ada.\n", "  - question: Who writes?\n    answer: Ada.\n"),
    ("  - question: Who?\n\tanswer: Ada.\n", "  - question: Who?\n    answer: Ada.\n"),
    ("  - a:\n        b:\n            c: 1\n\td: 2\n", None),  # beside a, or beside b?
    (PAIR + "|\n\tAda.\n", PAIR + "|\n        Ada.\n"),
    (PAIR + "1874\n", PAIR + '"1874"\n'),
    (PAIR + "yes # or no\n", PAIR + '"yes" # or no\n'),
    (PAIR + "| a | b |\n", None),  # a table
    (PAIR + "'two\\  \n      lines'\n", None),
    (PAIR + '"a\\ \n      b"\n', None),  # the backslash holds the space
    (PAIR + "Ada.\n    answer: Bo.\n", None),  # which of the two?
    (PAIR + "a\u200bb\n", None),  # whoever hid it may say why
    (PAIR + "'Why can't you?\n", None),
]


@pytest.mark.parametrize(("before", "after"), ONE)
def test_a_fault_is_mended_in_its_place(before: str, after: str | None) -> None:
    assert mended(HEAD + before) == (None if after is None else HEAD + after)


def test_marks_and_line_ends_of_other_machines_are_taken_away_whatever_else_is_mended() -> None:
    data = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n").replace(b"week.\r\n", b"week.  \r\n")
    assert mended(data) == GOOD.decode()


def test_only_what_is_wrong_changes_in_a_file_with_other_line_ends() -> None:
    policy = Policy.from_toml('[rules.lint]\npaths = ["no/*"]\n[rules.unreadable-yaml]\npaths = ["*"]\n')
    data = (HEAD + PAIR + "| Ada.\n").replace("\n", "\r\n")
    assert mended(data, policy) == (HEAD + PAIR + "|\n      Ada.\n").replace("\n", "\r\n")


def test_more_faults_than_a_report_shows_are_mended_at_once() -> None:
    lines = "".join(f"# {number}  \n" for number in range(400))
    assert mended(lines.encode() + GOOD) == lines.replace("  \n", "\n") + GOOD.decode()


@pytest.mark.parametrize("version", ["2", "1", "4", '"3"', "'2'"])
def test_a_version_is_raised_where_that_changes_nothing_else(version: str) -> None:
    policy = Policy.from_toml("[rules.outdated-version]\nskill_at_least = 3\n")
    data = GOOD.replace(b"version: 3", f"version: {version}  # mine".encode())
    assert mended(data, policy) == GOOD.replace(b"version: 3", b"version: 3  # mine").decode()


def test_a_version_in_brackets_is_left_to_its_author() -> None:
    policy = Policy.from_toml("[rules.outdated-version]\nskill_at_least = 3\n")
    seeds = ", ".join(f"{{question: Q{n}?, answer: A{n} it is.}}" for n in range(5))
    rest = f"task_description: Lamps,\ncreated_by: ada,\nseed_examples: [{seeds}]"
    for text in (f"{{\nversion: 2,\n{rest}\n}}\n", f"{{{rest},\nversion: 2}}\n"):
        found = mended(text, policy)
        assert found is None or "version: 2" in found


def test_a_missing_version_is_put_on_top_and_a_leaf_that_lacks_more_stays_in_its_version() -> None:
    policy = Policy.from_toml("[rules.outdated-version]\nskill_at_least = 3\n")
    data = b"# lamps\n" + GOOD.replace(b"version: 3\n", b"")
    assert mended(data, policy) == "# lamps\n" + GOOD.decode()
    assert mended(GOOD.replace(b"version: 3\ncreated_by: ada-brandt", b"version: 2"), policy) is None


def test_blank_lines_go_where_the_policy_minds_them_and_no_text_holds_them() -> None:
    policy = Policy.from_toml("[rules.lint]\nconfig = '{rules: {empty-lines: {max: 1}}}'\n")
    data = GOOD.replace(b"seed_examples:", b"\n\n\n\nseed_examples:")
    assert mended(data, policy) == GOOD.replace(b"seed_examples:", b"\nseed_examples:").decode()
    assert mended(HEAD + PAIR + "|\n      a\n\n\n\n      b\n", policy) is None


@pytest.mark.parametrize(
    "name", ["qna.yml", "QNA.yaml", "qna.yaml.txt", "qna.yamil", "letters.yaml", "qna.yaml "]
)
def test_a_leaf_under_another_name_is_renamed_and_mended(name: str) -> None:
    path = f"{FOLDER}/{name}"
    [found] = mend(qna(GOOD.rstrip(), path), Policy.default())
    assert (found.path, found.new_path, found.after) == (path, f"{FOLDER}/qna.yaml", GOOD)


def test_an_attribution_under_another_name_is_renamed() -> None:
    files = [ChangedFile(f"{FOLDER}/atribution.txt", "added", after=ATTRIBUTION)]
    files.append(ChangedFile(f"{FOLDER}/qna.yaml", "added", after=GOOD))
    assert [each.new_path for each in mend(of(*files), Policy.default())] == [f"{FOLDER}/attribution.txt"]


def test_no_file_is_renamed_over_another_or_beside_a_rival_or_into_what_it_is_not() -> None:
    old, twin = f"{FOLDER}/qna.yml", f"{FOLDER}/letters.yaml"
    for also in (f"{FOLDER}/qna.yaml", twin):
        files = [ChangedFile(path, "added", after=GOOD) for path in (old, also)]
        assert mend(of(*files), Policy.default()) == []
    there = Contribution(
        "h", "b", (ChangedFile(old, "added", after=GOOD),), siblings={f"{FOLDER}/qna.yaml": GOOD}
    )
    assert mend(there, Policy.default()) == []
    assert mend(of(ChangedFile(f"{FOLDER}/qna.md", "added", after=b"# Notes\n")), Policy.default()) == []


def test_the_mark_of_a_program_is_taken_away() -> None:
    [found] = mend(of(ChangedFile(f"{FOLDER}/qna.yaml", "added", EXECUTABLE, after=GOOD)), Policy.default())
    assert found == Mended(found.path, GOOD, GOOD, found.path, found.fixes, True)


def test_a_rule_that_is_off_or_looks_elsewhere_mends_nothing() -> None:
    for text in ('weight = "off"', 'paths = ["knowledge/*"]'):
        assert mended(GOOD.rstrip(), Policy.from_toml(f"[rules.lint]\n{text}\n")) is None


WORDS = st.text(st.sampled_from("ab .,:#'\"\\|>-&*!%@{}[]?\té☃\n"), min_size=1, max_size=30).filter(str.strip)
STYLES = st.sampled_from([None, "'", '"', "|", ">"])
SMUDGES = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["  ", "\t", " \t ", "\n"])), max_size=8)


@st.composite
def leaves(draw: st.DrawFn) -> str:
    """A leaf in any style of YAML, with comments."""
    seeds = draw(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6))
    told: dict[str, Any] = {"version": draw(st.sampled_from([1, 2, 3])), "created_by": "ada"}
    told["task_description"] = draw(WORDS)
    told["seed_examples"] = [{"question": question, "answer": answer} for question, answer in seeds]
    style, width = draw(STYLES), draw(st.sampled_from([20, 80]))
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, default_style=style, width=width)
    text = text.replace('"version": !!int "', '"version": !!int "') if style else text
    return text.replace("!!int ", "").replace("\nseed_examples", "\n# the seeds\nseed_examples")


@given(leaves(), SMUDGES, st.booleans(), st.booleans(), st.booleans())
@example(HEAD + PAIR + "|\n      a \n       \n      b\n", [], False, False, False)
def test_no_word_of_a_leaf_changes_and_nothing_is_left_to_mend(
    text: str, smudges: list[tuple[int, str]], mark: bool, windows: bool, cut: bool
) -> None:
    lines = text.split("\n")
    for at, what in smudges:
        if at < len(lines):
            lines[at] += what
    data = "\n".join(lines).rstrip("\n" if cut else "").encode()
    data = b"\xef\xbb\xbf" * mark + (data.replace(b"\n", b"\r\n") if windows else data)
    policy = Policy.from_toml("[rules.outdated-version]\nskill_at_least = 3\n")
    found = mend(qna(data), policy)
    if not found:
        return
    old, new = (read(f"{FOLDER}/qna.yaml", each).root for each in (data, found[0].after))
    if old is not None:
        assert new is not None
        exact = not any(what != "\n" for _, what in smudges) and all(
            line == line.rstrip() for line in text.split("\n")
        )
        assert alike(old.value, new.value, exact)
    assert mend(qna(found[0].after), policy) == []


def alike(old: Any, new: Any, exact: bool) -> bool:
    """The values as their author sees them: without the version, and without layout where layout was mended.

    A number, or yes and no, may have become the text that reads as it: `15:45` is 945 to YAML.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        keys = (old.keys() | new.keys()) - {"version"}
        return all(key in old and key in new and alike(old[key], new[key], exact) for key in keys)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(alike(*pair, exact) for pair in zip(old, new, strict=True))
    if isinstance(old, str) and isinstance(new, str):
        return old.rstrip("\n") == new.rstrip("\n") if exact else old.split() == new.split()
    return bool(old == new) or (isinstance(new, str) and yaml.safe_load(new) == old)


def test_the_example_on_the_page_is_what_comes_of_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "fixes.md").read_text()
    before, after = (block.partition("\n```")[0] for block in page.split("```yaml\n")[1:])
    assert mended(before + "\n") == after + "\n"


def test_what_can_be_mended_is_offered_and_no_more() -> None:
    assert wanted(qna(GOOD), Policy.default()) == {}
    assert list(wanted(qna(GOOD.rstrip()), Policy.default())) == [f"{FOLDER}/qna.yaml"]
