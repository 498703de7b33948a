"""Two revisions compared: what is layout, which seeds came and went, which rules fell silent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.judge import judge
from triage_rules.outline import MOST_TEXT, Outline, outline_of, same_but_for_layout
from triage_rules.since import Difference, difference

LEAF = """version: 3
created_by: ada
task_description: Ends letters.  # as one does
seed_examples:
  - question: How does a letter to a friend end?
    answer: |
      With love,
      Ada
  - question: How does a letter to an office end?
    answer: Yours faithfully
"""
SOURCE = "Title of work: Letters\nLicense of the work: CC-BY-4.0\nCreator names: Ada\n"
PATH = "compositional_skills/writing/endings"


def revision(
    leaf: str | bytes = LEAF, source: str = SOURCE, *more: ChangedFile, mode: int = 0o100644
) -> Contribution:
    data = leaf if isinstance(leaf, bytes) else leaf.encode()
    files = (
        ChangedFile(f"{PATH}/attribution.txt", "added", after=source.encode()),
        ChangedFile(f"{PATH}/qna.yaml", "added", mode, after=data),
        *more,
    )
    return Contribution("1" * 40, "0" * 40, files)


def outline(*given: Any, **named: Any) -> Outline:
    """What the service keeps, and reads back."""
    return Outline.from_json(outline_of(revision(*given, **named)).to_json())


def compared(old: Contribution, new: Contribution) -> Difference:
    verdicts = [judge(each).to_json() for each in (old, new)]
    return difference(outline_of(old), outline_of(new), *verdicts)


LAYOUTS = {
    "spaces at the ends of lines": LEAF.replace("With love,\n", "With love,   \n"),
    "an empty last line": LEAF + "\n\n",
    "no last newline": LEAF.rstrip("\n"),
    "carriage returns": LEAF.replace("\n", "\r\n"),
    "deeper indentation": LEAF.replace("      With", "         With").replace("      Ada", "         Ada"),
    "quotes": LEAF.replace("Yours faithfully", '"Yours faithfully"'),
    "a block that ends its text": LEAF.replace("answer: |\n", "answer: |-\n"),
    "another order of keys": LEAF.replace("version: 3\ncreated_by: ada\n", "created_by: ada\nversion: 3\n"),
}
OTHERS = {
    "a word": LEAF.replace("love", "hate"),
    "a comment": LEAF.replace("seed_examples:\n", "seed_examples: # buy at evil.example\n"),
    "a comment that is altered": LEAF.replace("as one does", "as nobody does"),
    "a comment glued to a quote": LEAF.replace("Yours faithfully", '"Yours faithfully"#x'),
    "a comment behind a block's mark": LEAF.replace("answer: |\n", "answer: | # x\n"),
    "a number that is a text now": LEAF.replace("version: 3", 'version: "3"'),
    "another date where no schema takes one": LEAF.replace("created_by: ada", "created_by: 2024-01-02"),
    "space before a text": LEAF.replace("answer: Yours", 'answer: " Yours').replace(
        "faithfully", 'faithfully"'
    ),
    "the order of the seeds": LEAF.replace("a friend", "X")
    .replace("an office", "a friend")
    .replace("X", "an office"),
    "a key that stands there twice": LEAF + "version: 3\n",
    "what is no YAML": LEAF + "\t[",
    "a seed more": LEAF + "  - question: And to a king?\n    answer: Your humble servant\n",
}


@pytest.mark.parametrize("leaf", LAYOUTS.values(), ids=LAYOUTS)
def test_layout_is_no_change(leaf: str) -> None:
    assert leaf != LEAF
    assert same_but_for_layout(outline(), outline(leaf))
    told = compared(revision(), revision(leaf))
    assert (told.only_layout, told.leaves) == (True, ())
    assert told.summary().startswith("only the layout changed")


@pytest.mark.parametrize("leaf", OTHERS.values(), ids=OTHERS)
def test_whatever_else_is_altered_is_a_change(leaf: str) -> None:
    assert leaf != LEAF
    assert not same_but_for_layout(outline(), outline(leaf))


def test_a_date_is_not_another_date_though_no_schema_takes_either() -> None:
    one, other = (
        LEAF.replace("created_by: ada", f"created_by: {day}") for day in ("2024-01-02", "2024-01-03")
    )
    assert not same_but_for_layout(outline(one), outline(other))


SOURCES = {
    "spaces and empty lines": (SOURCE.replace("work: ", "work:   ").replace("\n", " \n") + "\n\n", True),
    "another licence": (SOURCE.replace("CC-BY-4.0", "MIT"), False),
    "a line more": (SOURCE + "It is all stolen.\n", False),
    "a work cut in two": (SOURCE.replace("\nCreator", "\n\nCreator"), False),
}


@pytest.mark.parametrize(("source", "same"), SOURCES.values(), ids=SOURCES)
def test_an_attribution_is_the_same_where_its_lines_and_works_are(source: str, same: bool) -> None:
    assert same_but_for_layout(outline(), outline(LEAF, source)) is same
    assert bool(compared(revision(), revision(LEAF, source)).attributions or same) is True


def test_of_any_other_file_every_byte_and_bit_counts() -> None:
    def readme(text: bytes, status: str = "modified", before: bytes | None = b"A\n") -> ChangedFile:
        return ChangedFile("README.md", status, before=before, after=text)

    base = outline(LEAF, SOURCE, readme(b"B\n"))
    assert same_but_for_layout(base, outline(LEAF, SOURCE, readme(b"B\n")))
    for other in (
        outline(LEAF, SOURCE, readme(b"B \n")),
        outline(
            LEAF, SOURCE, readme(b"B\n", before=b"Z\n")
        ),  # what somebody else wrote meanwhile would be lost
        outline(LEAF, SOURCE, readme(b"B\n", "added", None)),
        outline(LEAF, SOURCE),
        outline(LEAF, SOURCE, readme(b"B\n"), mode=0o100755),
        outline(LEAF, SOURCE, ChangedFile("README.md", "modified", 0o120000)),
    ):
        assert not same_but_for_layout(base, other)


def test_links_and_files_too_long_to_read_are_like_nothing_not_even_themselves() -> None:
    for opaque in (
        ChangedFile("x", "added", 0o120000),
        ChangedFile("x", "deleted", 0o120000),
        ChangedFile("x", "added", after=b"x" * 1024 * 1024),
    ):
        assert not same_but_for_layout(outline(LEAF, SOURCE, opaque), outline(LEAF, SOURCE, opaque))


def test_a_path_that_is_no_text_is_left_out_and_makes_a_revision_like_nothing() -> None:
    odd = ChangedFile("knowledge/\udcff/qna.yaml", "added", after=LEAF.encode())
    kept = outline(LEAF, SOURCE, odd)
    assert json.dumps(kept.to_json(), ensure_ascii=False).encode("utf-8")
    assert [leaf.path for leaf in kept.leaves] == [PATH]
    assert not same_but_for_layout(kept, kept)


@given(
    st.text(st.sampled_from("ab \n#:-'\"|\t\r\u00a0"), max_size=30),
    st.text(st.sampled_from("ab \n#\t"), max_size=30),
)
def test_two_leaves_that_count_as_one_hold_the_same_seeds(one: str, other: str) -> None:
    texts = [LEAF.replace("Yours faithfully", text) for text in (one, other)]
    old, new = (revision(text) for text in texts)
    if same_but_for_layout(outline_of(old), outline_of(new)):
        seeds = [
            [(s.question, s.answer.split(), s.context) for leaf in r.leaves for s in leaf.seeds]
            for r in (old, new)
        ]
        assert seeds[0] == seeds[1]


GROUNDED = """version: 3
created_by: ada
task_description: Reads tables.
seed_examples:
""" + "".join(
    f"  - context: Table {n}.\n    question: What is the sum?\n    answer: It is {n}.\n" for n in range(3)
)  # fmt: skip


def seeds(old: str, new: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    told = compared(revision(old), revision(new))
    return [
        (seed.what, [(s.name, s.old, s.new) for s in seed.shifts])
        for leaf in told.leaves
        for seed in leaf.seeds
    ]


def test_seeds_that_ask_one_question_are_told_apart_by_their_contexts() -> None:
    assert seeds(GROUNDED, GROUNDED) == []
    altered = GROUNDED.replace("It is 1.", "It is 7.")
    assert seeds(GROUNDED, altered) == [("answer altered", [("answer", "It is 1.", "It is 7.")])]
    moved = GROUNDED.replace("Table 2.", "Table 9.")
    assert seeds(GROUNDED, moved) == [("context altered", [("context", "Table 2.", "Table 9.")])]
    reworded = GROUNDED.replace("What is the sum?", "How much is it?", 1)
    assert seeds(GROUNDED, reworded) == [
        ("question reworded", [("question", "What is the sum?", "How much is it?")])
    ]
    both = GROUNDED.replace("Table 2.", "Table 9.").replace("It is 2.", "It is 9.")
    assert [what for what, _ in seeds(GROUNDED, both)] == ["answer and context altered"]
    fewer = GROUNDED[: GROUNDED.index("  - context: Table 2.")]
    assert seeds(GROUNDED, fewer) == [("removed", [])]
    assert seeds(fewer, GROUNDED) == [("added", [])]


def test_what_a_leaf_says_of_itself_is_compared_too() -> None:
    told = compared(revision(), revision(LEAF.replace("Ends letters.", "Ends all letters.")))
    assert [(s.name, s.old, s.new) for s in told.leaves[0].shifts] == [
        ("task_description", "Ends letters.", "Ends all letters.")
    ]
    assert told.summary().startswith("task description altered")


def test_rules_fall_silent_begin_to_speak_and_are_not_green_where_they_could_not_look() -> None:
    def verdict(*rules: str, unchecked: tuple[str, ...] = (), policy: str = "p") -> dict[str, Any]:
        blind = [{"rule": rule, "why": "no fact"} for rule in unchecked]
        return {"findings": [{"rule": rule} for rule in rules], "not_checked": blind, "policy_hash": policy}

    before = verdict("lint", "lint", "too-few-seeds", "near-duplicate")
    now = verdict("lint", "secret", unchecked=("near-duplicate",), policy="q")
    told = difference(outline(), outline(), before, now)
    assert [rule.rule for rule in told.green] == ["too-few-seeds"]
    assert [rule.rule for rule in told.found] == ["secret"]
    assert [(rule.rule, rule.before, rule.now) for rule in told.moved] == [("lint", 2, 1)]
    assert told.unchecked == ("near-duplicate",)
    assert not told.judged_alike
    assert told.summary() == (
        "no file changed; no longer found: too-few-seeds; newly found: secret; otherwise often: lint (2 → 1); "
        "could not be looked at again: near-duplicate"
    )


def test_a_seed_mended_makes_its_rule_green() -> None:
    five = LEAF + "".join(f"  - question: And to reader {n}?\n    answer: Yours, {n}\n" for n in "ABC")
    told = compared(revision(), revision(five))
    assert "too-few-seeds" in [rule.rule for rule in told.green]
    assert told.summary().startswith("3 seeds added; no longer found: ")


def test_a_leaf_too_long_to_keep_is_told_as_a_file() -> None:
    seed = "  - question: Q{n}?\n    answer: " + "long " * 1000 + "\n"
    huge = LEAF + "".join(seed.format(n=n) for n in range(50))
    more = [ChangedFile(f"knowledge/k{n}/qna.yaml", "added", after=huge.encode()) for n in range(2)]
    kept = outline_of(revision(LEAF, SOURCE, *more))
    assert sum(len(s.question) + len(s.answer) for leaf in kept.leaves for s in leaf.seeds) < MOST_TEXT
    assert len(kept.leaves) < 3
    last = ChangedFile("knowledge/k1/qna.yaml", "added", after=huge.replace("Q1?", "Q999?").encode())
    told = compared(revision(LEAF, SOURCE, *more), revision(LEAF, SOURCE, more[0], last))
    assert [(file.path, file.what) for file in told.files] == [("knowledge/k1/qna.yaml", "altered")]
