"""The short way through the layout says what the linter says, and no expression is spared a text that it would find."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yamllint import linter
from yamllint.config import YamlLintConfig

from triage_rules import lint
from triage_rules.rules import chatbot_text, closed_topic
from triage_rules.words import may_hold
from triage_rules.yaml_tree import Tree, Unreadable, read_tree

BUNDLE = Path(__file__).parents[2].parent / "shared" / "corpus" / "taxonomy-pulls.bundle"
CONFIG = YamlLintConfig(lint.REFERENCE)
LEAF = """version: 3
created_by: ada-brandt
seed_examples:
  - question: How long is a note?
    answer: |
      Three sentences.

      No more.
  - question: "Who signs it?"
    answer: 'You do.'   # nobody else
"""
PIECES = st.sampled_from(
    [" ", "\n", "\t", "#", ":", "- ", "|", ">", "'", '"', "? ", "%", "...", "---", "[", "]", "{", "}", ",", "\\", "é",
     "\u2028", "\x85", "  \n", "\n\n\n", "a: b", "# yamllint disable\n", "yes", "\u00a0", "🙂", "!", "\r\n", "&", "x"]
)  # fmt: skip


def told(found: tuple[lint.Smudge, ...]) -> list[tuple[int, int, str | None, str]]:
    return sorted((each.line, each.column, each.rule, each.message) for each in found if each.error)


def by_yamllint(text: str) -> list[tuple[int, int, str | None, str]] | None:
    """The linter's own errors; None where it finds one of syntax, which swallows what stands behind."""
    found = [p for p in linter.run(text, CONFIG) if p.level == "error" and p.rule != lint.TWICE]
    return (
        None
        if any(p.rule is None for p in found)
        else sorted((p.line, p.column, p.rule, p.desc) for p in found)
    )


def same(tree: Tree) -> None:
    theirs = by_yamllint(tree.text)
    ours = told(lint.smudges(tree))
    if theirs is None:
        assert not lint.is_plain(tree)
        assert any(rule is None for _line, _column, rule, _message in ours)
    else:
        assert ours == theirs


@given(st.lists(st.tuples(st.integers(0, len(LEAF)), st.integers(0, 3), PIECES), max_size=5))
def test_a_damaged_leaf_is_linted_as_yamllint_does(damage: list[tuple[int, int, str]]) -> None:
    text = LEAF
    for at, gone, piece in damage:
        text = text[:at] + piece + text[at + gone :]
    try:
        tree = read_tree(text.encode())
    except Unreadable:
        return
    same(tree)


@given(st.text(" \n#:-'\"ab|>é", max_size=60))
def test_small_texts_are_linted_as_yamllint_does(text: str) -> None:
    try:
        tree = read_tree(text.encode())
    except Unreadable:
        return
    same(tree)


@pytest.mark.slow
@pytest.mark.skipif(
    not BUNDLE.exists(), reason="the corpus of real pull requests does not lie beside the checkout"
)
def test_real_leaves_are_linted_as_yamllint_does(tmp_path: Path) -> None:
    plain = [lint.is_plain(tree) for tree in _real(tmp_path) if same(tree) is None]
    assert len(plain) > 900
    assert sum(plain) > 0.95 * len(plain), "the long way is for the few"


def _real(folder: Path) -> Iterator[Tree]:
    import pygit2

    from benchmarks.whole_tree import leaves_of

    subprocess.run(["git", "clone", "-q", "--mirror", str(BUNDLE), str(folder / "t.git")], check=True)
    for name, data in leaves_of(pygit2.Repository(str(folder / "t.git"))).items():
        if name.endswith((".yaml", ".yml")):
            try:
                yield read_tree(data)
            except Unreadable:
                continue


@pytest.mark.slow
def test_many_keys_that_come_twice_cost_no_square_of_time() -> None:
    tree = read_tree(b"# yamllint disable-line\n" + b"".join(b"k%d: 1\n" % n for n in range(9000)))
    assert not lint.is_plain(tree)
    assert not lint.smudges(tree)
    assert not [rule for rule in (lint.TWICE, "hyphens") if lint._asked(lint.REFERENCE, False).rules[rule]]


@given(st.from_regex(chatbot_text._MODELS.expression))
def test_no_closed_models_name_is_passed_over(text: str) -> None:
    assert may_hold(text, chatbot_text._MODELS_HINTS)


@given(st.from_regex(chatbot_text._MANNERS.expression))
def test_no_chatbots_manners_are_passed_over(text: str) -> None:
    assert may_hold(text, chatbot_text._MANNERS_HINTS)


@given(
    st.lists(st.text("abK *é", min_size=1, max_size=9), min_size=1, max_size=4),
    st.text("abkK éK\n", max_size=30),
)
def test_a_closed_topic_is_seen_as_its_expression_alone_would(keywords: list[str], text: str) -> None:
    import re

    chosen = tuple(keywords)
    assert closed_topic._shows(chosen, text) == bool(
        closed_topic._pattern(chosen, re.IGNORECASE).search(text)
    )
