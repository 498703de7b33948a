"""Two sides of one leaf: added seeds stand side by side, only their lines are new, and the rest is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from service.git.leaf_merge import Apart, merge_leaf

BASE = """version: 2
task_description: Lamps
created_by: ada
seed_examples:
  - question: One?
    answer: |
      First.
"""
B = "  - question: Two?\n    answer: Second.\n"
C = "  - question: Three?\n    answer: |\n      Third,\n\n      and more.\n"


def merged(base: str, ours: str, theirs: str, text: str | None = None) -> str:
    """The file that both make; it must be one."""
    done = merge_leaf(
        *(part.encode() for part in (base, ours, theirs)), text.encode() if text is not None else None
    )
    assert isinstance(done, bytes), done
    return done.decode()


def apart(base: str | None, ours: str, theirs: str, text: str | None = None) -> str:
    """Why the two can't stand together."""
    done = merge_leaf(
        base.encode() if base is not None else None,
        ours.encode(),
        theirs.encode(),
        text.encode() if text else None,
    )
    assert isinstance(done, Apart), done
    return done.why


def questions(text: str) -> list[str]:
    return [seed["question"] for seed in yaml.safe_load(text)["seed_examples"]]


def test_two_who_append_stand_side_by_side_and_no_other_line_changes() -> None:
    assert merged(BASE, BASE + B, BASE + C) == BASE + B + C


def test_the_order_is_that_of_the_merges() -> None:
    assert merged(BASE, BASE + C, BASE + B) == BASE + C + B


def test_windows_line_ends_of_ours_stay_and_theirs_follow() -> None:
    ours, theirs = (BASE + B).replace("\n", "\r\n"), BASE + C
    done = merge_leaf(BASE.replace("\n", "\r\n").encode(), ours.encode(), theirs.encode(), None)
    assert done == (BASE + B + C).replace("\n", "\r\n").encode()


def test_ours_without_windows_line_ends_gets_none_of_theirs() -> None:
    assert merged(BASE, BASE + B, (BASE + C).replace("\n", "\r\n")) == BASE + B + C


@pytest.mark.parametrize("side", ["base", "ours", "theirs", "all"])
def test_a_missing_newline_at_the_end_changes_no_answer(side: str) -> None:
    parts = {"base": BASE, "ours": BASE + B, "theirs": BASE + C}
    for name in parts if side == "all" else [side]:
        parts[name] = parts[name].removesuffix("\n")
    done = merged(parts["base"], parts["ours"], parts["theirs"])
    assert yaml.safe_load(done) == yaml.safe_load(BASE + B + C)


def test_a_comment_behind_the_seeds_stays_behind_them_and_one_inside_a_seed_goes_along() -> None:
    tail = "# the end of the seeds\ndomain: light\n"
    own = "  - question: Two?\n    # why two\n    answer: Second.\n"
    assert merged(BASE + tail, BASE + own + tail, BASE + C + tail) == BASE + own + C + tail


def test_a_comment_above_a_new_seed_goes_with_it() -> None:
    told = "  # asked by a visitor\n  # in spring\n" + C
    assert merged(BASE, BASE + B, BASE + told) == BASE + B + told
    assert merged(BASE, BASE + told, BASE + B) == BASE + told + B


def test_keys_behind_the_seeds_stay_where_they_are() -> None:
    tail = "domain: light\ndocument_outline: |\n  Of lamps.\n"
    assert merged(BASE + tail, BASE + B + tail, BASE + C + tail) == BASE + B + C + tail


def test_blank_lines_between_seeds_are_no_part_of_an_answer() -> None:
    assert yaml.safe_load(merged(BASE, BASE + "\n" + B, BASE + "\n\n" + C + "\n\n")) == yaml.safe_load(
        BASE + B + C
    )


def test_theirs_is_moved_to_the_column_of_ours() -> None:
    head, seeds = BASE.split("  - ")
    flat = head + "- " + seeds.replace("    ", "  ", 1).replace("      ", "    ")
    done = merged(BASE, BASE + B, flat + "- question: Three?\n  answer: |\n    Third.\n      Deeper.\n")
    assert done == BASE + B + "  - question: Three?\n    answer: |\n      Third.\n        Deeper.\n"


def test_knowledge_is_merged_by_its_contexts() -> None:
    base = "version: 3\nseed_examples:\n"
    first, second, third = (
        f"  - context: |\n      About {name}.\n    questions_and_answers:\n"
        f"      - question: What is {name}?\n        answer: A {name}.\n"
        for name in ("bells", "tides", "ropes")
    )
    assert merged(base + first, base + first + second, base + first + third) == base + first + second + third


def test_one_who_describes_and_one_who_appends_both_have_their_way() -> None:
    described = BASE.replace("task_description: Lamps", "task_description: Lamps of the harbour")
    assert merged(BASE, described, BASE + C) == described + C
    assert merged(BASE, BASE + C, described, described + C) == described + C


def test_one_who_takes_a_seed_away_and_one_who_appends_both_have_their_way() -> None:
    assert merged(BASE + B, BASE, BASE + B + C) == BASE + C


def test_the_same_seed_from_both_is_there_once() -> None:
    assert merged(BASE, BASE + B, BASE + B) == BASE + B
    assert merged(BASE, BASE + B, BASE + B + C) == BASE + B + C


@pytest.mark.parametrize("asked", ["Two?", "two", "  TWO ?", "'Two?'"])
def test_the_same_question_with_another_answer_is_for_a_person(asked: str) -> None:
    why = apart(BASE, BASE + B, BASE + f"  - question: {asked}\n    answer: Another.\n")
    assert why.startswith("Both sides answer the same question, and not alike: two")


def test_the_same_question_about_another_text_is_another_question() -> None:
    seeds = [
        f"  - question: What is it?\n    answer: {name}.\n    context: The {name}.\n"
        for name in ("bell", "rope")
    ]
    assert merged(BASE, BASE + seeds[0], BASE + seeds[1]) == BASE + "".join(seeds)


def test_an_answer_that_both_mend_in_two_ways_is_for_a_person() -> None:
    assert apart(BASE, BASE.replace("First", "1st"), BASE.replace("First", "Number one"))


def test_a_text_merge_that_mixes_two_answers_is_not_believed() -> None:
    mixed = (
        BASE + "  - question: Two?\n    answer: |\n      Third,\n\n      and more.\n  - question: Three?\n"
    )
    assert merged(BASE, BASE + B, BASE + C, mixed) == BASE + B + C


def test_a_text_merge_that_says_what_both_say_is_taken_as_it_is() -> None:
    text = BASE + "\n" + B + C
    assert merged(BASE, BASE + B, BASE + C, text) == text


def test_the_same_key_changed_by_both_is_for_a_person() -> None:
    sides = [BASE.replace("Lamps", name) for name in ("Lanterns", "Torches")]
    assert apart(BASE, *sides) == "Both sides changed the same part of it, and not alike."


@pytest.mark.parametrize(
    "flow",
    [
        "version: 2\ntask_description: Lamps\ncreated_by: ada\nseed_examples: [{question: One?, answer: First.}]\n",
        "{version: 2, seed_examples: [{question: One?, answer: First.}]}\n",
    ],
)
def test_flow_style_is_left_to_a_person(flow: str) -> None:
    grown, other = (
        flow.replace("First.}]", f"First.}}, {{question: {q}, answer: X}}]") for q in ("Two?", "Three?")
    )
    assert apart(flow, grown, other) == "Both sides changed the same lines of it."


def test_an_empty_list_takes_the_seeds_of_both() -> None:
    head = "version: 2\nseed_examples:"
    assert merged(head + " []\n", head + "\n" + B, head + "\n" + C) == head + "\n" + B + C


def test_a_leaf_that_both_made_is_for_a_person() -> None:
    assert apart(None, BASE + B, BASE + C) == "Both sides made this leaf, each in its own way."


@pytest.mark.parametrize(
    "bad",
    [
        "seed_examples: [", "seed_examples: 3\n", "- a\n", "", "a: &a [x]\nb: *a\nseed_examples:\n  - *a\n",
        "seed_examples:\n  - a: 1\n    a: 2\n", "[" * 5000, "seed_examples:\n  - !!python/object:os.system x\n",
    ],
)  # fmt: skip
def test_what_is_no_leaf_is_never_merged(bad: str) -> None:
    assert apart(BASE, BASE + B, bad) == "A side of it is no leaf that can be read."
    assert apart(bad, BASE + B, BASE + C) == "A side of it is no leaf that can be read."


def test_bytes_that_are_no_text_are_never_merged() -> None:
    assert isinstance(merge_leaf(BASE.encode(), BASE.encode() + b"\xff", (BASE + B).encode(), None), Apart)


WORDS = st.text("ab c:#-'\"|>?é🌊\\{}[]&*!%@`", min_size=1, max_size=12).filter(
    lambda text: text.strip() != ""
)
SEEDS = st.lists(st.tuples(WORDS, WORDS), max_size=4)


def written(seeds: list[tuple[str, str]], style: str | None, start: int) -> str:
    """Seeds as a person or a tool would write them; each question is another one."""
    told: list[dict[str, Any]] = [
        {"question": f"{start + n}: {question}", "answer": answer}
        for n, (question, answer) in enumerate(seeds)
    ]
    if not told:
        return ""
    dumped = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, default_style=style, width=40)
    return "".join(f"  {line}\n" for line in dumped.splitlines())


@given(
    SEEDS,
    SEEDS,
    st.sampled_from([None, "|", '"', "'", ">"]),
    st.sampled_from([None, "|", '"']),
    st.booleans(),
)
def test_whatever_the_seeds_say_the_merge_says_both_or_goes_to_a_person(
    a: list[tuple[str, str]], b: list[tuple[str, str]], mine: str | None, other: str | None, ended: bool
) -> None:
    ours, theirs = written(a, mine, 100), written(b, other, 200)
    files = [BASE, BASE + ours, BASE + theirs]
    done = merge_leaf(*(file.encode() if ended else file.rstrip("\n").encode() for file in files), None)
    assert isinstance(done, bytes), done
    told = yaml.safe_load(done.decode())["seed_examples"]
    assert told == [seed for part in (BASE, "seed_examples:\n" + ours, "seed_examples:\n" + theirs)
                    for seed in yaml.safe_load(part)["seed_examples"] or []]  # fmt: skip
