"""A leaf in an older schema is lifted with its words, their order and its comments, or is left as it is."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.triage_rules.test_judge import SEEDS, leaf
from triage_rules.gap import is_gap
from triage_rules.lifting import lift
from triage_rules.schemas import problems
from triage_rules.taxonomy import read

SKILL, FACTS = "compositional_skills/a/qna.yaml", "knowledge/a/qna.yaml"
OLD = """# Moons.
version: 1
created_by: ada
domain: astronomy
# What it is for
task_description: |
  To teach moons.
seed_examples:
  # the nearest
  - question: What is Vell? # a moon
    answer: |
      A moon.

        # not a comment
  -  answer: 'Two:
       both small.'
     question: How many are there?
# at the end
document:
  repo: https://example.org/moons.git
  commit: 951999afdc59c46d325493568193b40bd5439c9e
  patterns: [moons.md]
"""


def lifted(text: str, path: str = FACTS, contexts: int = 5) -> str:
    found = lift(path, text.encode(), contexts)
    assert found.data is not None, found.why
    return found.data.decode()


def seeds(text: str, path: str = FACTS) -> list[tuple[str, str]]:
    now = read(path, text.encode()).leaf
    assert now is not None
    return [(seed.question, seed.answer) for seed in now.seeds if not is_gap(seed.question)]


def test_knowledge_stands_below_passages_that_wait_for_their_author() -> None:
    now = lifted(OLD)
    root = read(FACTS, now.encode()).root
    assert root is not None
    assert list(problems(root, 3, "knowledge")) == []
    assert seeds(now) == seeds(OLD)
    groups = root.value["seed_examples"]
    assert [len(each["questions_and_answers"]) for each in groups] == [3] * 5
    assert groups[0]["questions_and_answers"][0]["answer"] == "A moon.\n\n  # not a comment\n"
    assert all(is_gap(each["context"]) for each in groups)
    assert is_gap(root.value["document_outline"])
    assert "task_description" not in root.value


@pytest.mark.parametrize(
    "comment",
    ["# Moons.", "# What it is for", "# the nearest", "# a moon", "# at the end", "#   To teach moons."],
)
def test_comments_and_what_the_schema_has_no_place_for_are_kept(comment: str) -> None:
    assert comment in lifted(OLD)


@pytest.mark.parametrize(("count", "groups", "first"), [(5, 5, 1), (7, 5, 2), (15, 5, 3), (20, 7, 3)])
def test_seeds_are_spread_evenly_over_as_many_passages_as_are_needed(
    count: int, groups: int, first: int
) -> None:
    head, _, tail = OLD.partition("  # the nearest")
    many = (
        head
        + "".join(f"  - question: Q{n}?\n    answer: A{n}.\n" for n in range(count))
        + tail[tail.index("# at the end") :]
    )
    now = read(FACTS, lifted(many).encode()).root
    assert now is not None
    sizes = [
        sum(not is_gap(p["question"]) for p in g["questions_and_answers"]) for g in now.value["seed_examples"]
    ]
    assert (len(sizes), sizes[0], sum(sizes)) == (groups, first, count)
    assert max(sizes) - min(sizes) <= 1


def test_a_policy_may_ask_for_more_passages() -> None:
    now = read(FACTS, lifted(OLD, contexts=8).encode()).leaf
    assert now is not None
    assert now.groups == 8


def test_a_leaf_that_lacks_document_and_handle_gets_gaps_for_them() -> None:
    now = read(FACTS, lifted(OLD[: OLD.index("document:")].replace("created_by: ada\n", "")).encode()).root
    assert now is not None
    assert is_gap(now.value["document"]["repo"])
    assert is_gap(now.value["created_by"])


def test_a_key_without_a_value_becomes_a_gap_and_a_value_on_the_next_line_stays() -> None:
    old = leaf(SEEDS, 1).decode().replace("created_by: ada-brandt", "created_by: ''")
    now = read(SKILL, lifted(old, SKILL).encode()).leaf
    assert now is not None
    assert is_gap(now.created_by or "")
    below = leaf(SEEDS, 1).decode().replace("task_description: ", "task_description:\n  ")
    assert lifted(below, SKILL) == below.replace("version: 1", "version: 3")


def test_a_skill_changes_in_its_version_alone() -> None:
    old = leaf(SEEDS, 1).decode().replace("version: 1", "version: 1 # first")
    assert lifted(old, SKILL) == old.replace("version: 1", "version: 3")
    bare = old.replace("version: 1 # first\n", "")
    assert lifted(f"# x\n{bare}", SKILL) == f"# x\nversion: 3\n{bare}"


def test_line_ends_are_kept() -> None:
    found = lift(SKILL, leaf(SEEDS, 1).replace(b"\n", b"\r\n"))
    assert found.data == leaf(SEEDS, 3).replace(b"\n", b"\r\n")


def test_what_has_the_newest_schema_is_current_also_the_second_time() -> None:
    assert lift(SKILL, leaf(SEEDS)).current
    assert lift(FACTS, lifted(OLD).encode()).current


@pytest.mark.parametrize(
    "text",
    [
        "a: [", "", "\ufeff" + OLD, OLD + "domain: x\n", OLD.replace("    answer: |", "    reply: |"),
        "{version: 1, seed_examples: [{question: a, answer: b}]}", "  " + OLD.replace("\n", "\n  ").rstrip(" "),
        "version: 1\nseed_examples: [{question: a, answer: b}]\n",
        "version: 1\nseed_examples:\n  -\n    question: a\n    answer: b\n",
        "version: 1\nseed_examples:\n  - context: c\n    question: a\n    answer: b\n",
        "version: 1\nseed_examples: []\n",
    ],
)  # fmt: skip
def test_what_a_program_can_not_carry_over_is_left_and_says_why(text: str) -> None:
    found = lift(FACTS, text.encode())
    assert (found.data, found.current) == (None, False)
    assert found.why


WORDS = st.text(st.sampled_from("ab .:#'\"\\|>-é\n"), min_size=1, max_size=25).filter(str.strip)


@given(
    st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=18, unique=True),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.booleans(),
)
def test_whatever_is_lifted_reads_the_same(
    pairs: list[tuple[str, str]], style: str | None, flush: bool
) -> None:
    told = {"created_by": "ada", "domain": "d", "seed_examples": [{"question": q, "answer": a} for q, a in pairs],
            "task_description": pairs[0][0]}  # fmt: skip
    text = "version: 2\n" + yaml.safe_dump(
        told, sort_keys=flush, allow_unicode=True, default_style=style, width=30
    )
    text = text.replace('"seed_examples"', "seed_examples").replace("'seed_examples'", "seed_examples")
    found = lift(FACTS, text.encode())
    if found.data is not None:
        assert seeds(found.data.decode()) == seeds(text)
        root = read(FACTS, found.data).root
        assert root is not None
        assert list(problems(root, 3, "knowledge")) == []


def test_a_leaf_that_only_lacks_its_version_is_told_of_the_line_and_not_refused_for_its_seeds() -> None:
    whole = "".join(line for line in lifted(OLD).splitlines(True) if not line.startswith("version:"))
    found = lift(FACTS, whole.encode())
    assert found.data is None
    assert "write `version: 3` at its top" in found.why
    assert "upweight fix" in found.why
