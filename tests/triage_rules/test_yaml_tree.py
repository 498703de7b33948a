"""Strangers' bytes: bounded, never an exception of another kind, and every node knows its place."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from triage_rules.taxonomy import read, read_leaf
from triage_rules.yaml_tree import MAX_BYTES, MAX_EVENTS, MAX_SCALAR, Unreadable, read_tree

PATH = "compositional_skills/writing/letters/qna.yaml"
LEAF = b"""version: 3
created_by: ada-brandt
task_description: Advice on writing letters.
seed_examples:
  - question: How long is a note?
    answer: |
      Three sentences.
  - question: Who signs it?
    context: A note to a friend.
    answer: You do.
"""


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"a: " + b"[" * 100_000, "Nested deeper"),
        (b"- " * 100_000 + b"a", "Nested deeper"),
        (b"{a: " * 50 + b"1" + b"}" * 50, "Nested deeper"),
        (b"x" * (MAX_BYTES + 1), "bytes"),
        (b"- a\n" * (MAX_EVENTS + 1), "values"),
        (b"a: " + b"x" * (MAX_SCALAR + 1), "characters"),
        (b"a: &x 1\nb: *x\n", "anchor"),
        (b"a: *x\n", "alias"),
        (b"<<: {a: 1}\n", "merge key"),
        (b"a: !!python/object/apply:os.system [id]\n", "tag"),
        (b"a: 1\n---\nb: 2\n", "second YAML document"),
        (b"a: \0\n", "NUL"),
        (b"a: \xff\xfe\n", "UTF-8"),
        ("a: 1\n".encode("utf-16"), "NUL"),
        (b"? [a, b]\n: 1\n", "itself a list"),
        (b"a: 2024-13-45\n", "does not exist"),
        (b"a: =\n", "does not exist"),
        (b"a: " + b"9" * 5000 + b"\n", "does not exist"),
        (b"a:\n\tb: 1\n", "Not YAML"),
    ],
)
def test_what_no_leaf_needs_is_refused_unread(data: bytes, part: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_tree(data)
    assert part in refused.value.trouble.message
    assert refused.value.trouble.remedy


@pytest.mark.parametrize(
    ("data", "part", "line"),
    [
        (b"a: 1\nb: 2\na: 3\n", "second time", 3),
        (b"\xef\xbb\xbfa: 1\n", "byte order mark", 1),
        ("a: 1\nb: x\u202ey\n".encode(), "direction", 2),
    ],
)
def test_what_can_be_read_but_misleads_is_said_with_its_line(data: bytes, part: str, line: int) -> None:
    troubles = read_tree(data).troubles
    assert [(part in each.message, each.line) for each in troubles] == [(True, line)]


def test_every_seed_knows_where_it_stands() -> None:
    leaf, findings = read_leaf(PATH, LEAF)
    assert leaf is not None
    assert not findings
    assert leaf.kind == "grounded"
    assert [(s.question, s.answer, s.context, s.line, s.column) for s in leaf.seeds] == [
        ("How long is a note?", "Three sentences.", None, 5, 5),
        ("Who signs it?", "You do.", "A note to a friend.", 8, 5),
    ]


def test_a_leaf_survives_the_way_through_json() -> None:
    leaf, _ = read_leaf(PATH, LEAF)
    assert leaf is not None
    assert type(leaf).from_json(leaf.to_json()) == leaf


def test_one_wrong_node_costs_that_node_alone() -> None:
    leaf, _ = read_leaf(PATH, LEAF.replace(b"question: How long is a note?", b"question: [1, 2]"))
    assert leaf is not None
    assert [seed.question for seed in leaf.seeds] == ["Who signs it?"]
    assert leaf.groups == 2


scalars = st.one_of(
    st.text(max_size=20),
    st.integers(-(10**9), 10**9),
    st.booleans(),
    st.none(),
    st.sampled_from(["no", "1:20", "~"]),
)
trees = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4)
        ),
        max_leaves=12,
    ),
    max_size=5,
)


@given(trees)
def test_the_tree_holds_what_the_loader_would_give(tree: dict[str, object]) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True)
    try:
        read_text = read_tree(text.encode())
    except Unreadable as refused:
        assert "Nested" in refused.trouble.message or "<<" in text  # noqa: PT017
        return
    assert read_text.root is not None
    assert read_text.root.value == yaml.safe_load(text)


@given(st.binary(max_size=400) | st.text("ab:-|>\"'[]{}&*!#%@`\n\t ,?0.", max_size=200).map(str.encode))
def test_no_bytes_raise_anything(data: bytes) -> None:
    reading = read(PATH, data)
    assert reading.tree is not None or reading.troubles


@given(st.integers(0, len(LEAF)), st.binary(max_size=6))
def test_no_damage_to_a_leaf_raises_anything(at: int, noise: bytes) -> None:
    read_leaf(PATH, LEAF[:at] + noise + LEAF[at:])
