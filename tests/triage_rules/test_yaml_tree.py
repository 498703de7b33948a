"""Strangers' bytes: bounded, never an exception of another kind, and every node knows its place."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from triage_rules import schemas
from triage_rules.plain_text import MOST_TROUBLES
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
        (b"x" * (MAX_BYTES + 1), "are the limit"),
        (b"- a\n" * (MAX_EVENTS + 1), "values"),
        (b"a: " + b"x" * (MAX_SCALAR + 1), "characters"),
        (b"a: &x 1\nb: *x\n", "alias"),
        (b"a: *x\n", "alias"),
        (b"<<: {a: 1}\n", "merge key"),
        (b"a: !!python/object/apply:os.system [id]\n", "tag"),
        (b"a: 1\n---\nb: 2\n", "second YAML document"),
        (b"a: \0\n", "NUL"),
        (b"a: \xff\xfe\n", "UTF-8"),
        ("a: 1\n".encode("utf-16"), "UTF-16, not UTF-8"),
        ("a: 1\n".encode("utf-16-le"), "NUL"),
        ("a: 1\n".encode("utf-32"), "UTF-32, not UTF-8"),
        (b"a: \x07\n", "control character (U+0007)"),
        ("a: x\ufeffy\n".encode(), "mark stands inside"),
        (b"? [a, b]\n: 1\n", "itself a list"),
        (b"a: 2024-13-45\n", "does not exist"),
        (b"a: =\n", "does not exist"),
        (b"a: " + b"9" * 5000 + b"\n", "does not exist"),
        (b"a: 0x" + b"f" * 5000 + b"\n", "too large a number"),
        (b"a: " + b"1:" * 20_000 + b"1\n", "too large a number"),
        (b"a: " + b"9" * 10**6 + b"\n", "are the limit"),
        (b"version: 9223372036854775808\n", "too large a number"),
        (b"a:\n\tb: 1\n", "A tab"),
        (b"%YAML 2.0\n---\na: 1\n", "incompatible YAML document"),
        (b"b: 1\n" + b"a" * 1100 + b": 1\n", "could not find expected ':'"),
        (b"? a: 1\n: b\n", "itself a list or a mapping"),
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


@pytest.mark.parametrize(
    ("data", "part", "line", "column"),
    [
        (b"a: 1\nb: 2\n  \na: 3\n", "second time", 4, 1),
        (b"a:\n  - x: 1\n    y: 2\n    x: 3\n", "second time", 4, 5),
        (b"\xef\xbb\xbfa: 1\n", "byte order mark", 1, 1),
        ("a: 1\nb: 🙂é x\u202ey\n".encode(), "direction", 2, 8),
        ("a: x\u2066y\nb: \u2069\n".encode(), "direction", 1, 5),
    ],
)
def test_what_misleads_is_said_at_its_line_and_column(data: bytes, part: str, line: int, column: int) -> None:
    first = read_tree(data).troubles[0]
    assert (part in first.message, first.line, first.column) == (True, line, column)


def test_each_hidden_character_has_a_finding_of_its_own_up_to_a_bound() -> None:
    troubles = read_tree("a: x\u2066y\nb: \u2069 \u202e\n".encode()).troubles
    assert [(each.line, each.column) for each in troubles] == [(1, 5), (2, 4), (2, 6)]
    assert len({each.message for each in troubles}) == 3
    many = read_tree(("a: |\n  " + "\u202e" * 20_000 + "\n").encode()).troubles
    assert len(many) == MOST_TROUBLES


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"a: 1\nb: x\0y\n", 2, 5),
        (b"a: 1\r\nb: x\0y\r\n", 2, 5),
        (b"a: 1\rb: x\0y\r", 2, 5),
        ("é: 1\nb: 🙂\x01y\n".encode(), 2, 5),
        ("é: 1\n🙂: x\ufeffy\n".encode(), 2, 5),
        ("é: 1\n🙂: x".encode() + b"\xffy\n", 2, 5),
        ("é: 1\r🙂: x".encode() + b"\xc3(\n", 2, 5),
        (b"a: 1\n\tb: 1\n", 2, 1),
        (b"a:\n  b: 1\n  \tc: 1\n", 3, 3),
        (b"a: 1\nb: *x\n", 2, 4),
        (b"a: 1\rb: !x 1\r", 2, 4),
        ("a: '🙂'\n🙂: *x\n".encode(), 2, 4),
        ("a: 'x\u2028 y'\nb: *x\n".encode(), 2, 4),
        ("a: 'x\x85 y'\nb: [\n".encode(), 2, 5),
        (b"a: 1\nb: 2024-02-30\n", 2, 4),
        (b"n:\n  - n: e\n    a", 3, 6),
    ],
)
def test_what_stops_the_reading_is_at_its_line_and_column(data: bytes, line: int, column: int) -> None:
    with pytest.raises(Unreadable) as refused:
        read_tree(data)
    assert (refused.value.trouble.line, refused.value.trouble.column) == (line, column)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_as_an_editor_ends_them(end: bytes) -> None:
    leaf, findings = read_leaf(PATH, LEAF.replace(b"\n", end))
    assert leaf is not None
    assert not findings
    assert [(seed.line, seed.column, seed.answer_line) for seed in leaf.seeds] == [(5, 5, 6), (8, 5, 10)]
    assert leaf.seeds[0].answer == "Three sentences."


def test_lines_that_only_yaml_counts_move_no_finding() -> None:
    leaf, _ = read_leaf(
        PATH, LEAF.replace(b"Advice on", "'Ad\u2028vice\x85on".encode()).replace(b"letters.", b"it'")
    )
    assert leaf is not None
    assert [(seed.line, seed.column) for seed in leaf.seeds] == [(5, 5), (8, 5)]


@pytest.mark.parametrize(
    ("written", "value", "kind"),
    [
        ("yes", True, "bool"), ("no", False, "bool"), ("on", True, "bool"), ("Off", False, "bool"), ("y", "y", "str"),
        ("'yes'", "yes", "str"), ("~", None, "null"), ("", None, "null"), ("1_000", 1000, "int"), ("017", 15, "int"),
        ("1:30", 90, "int"), ("3.0", 3.0, "float"), (".nan", None, "float"), ("-.inf", None, "float"),
        ("1e999", "1e999", "str"), ("1.0e+999", None, "float"), ("2024-01-31", None, "timestamp"),
        ("2024-01-31T10:00:00Z", None, "timestamp"), ("9223372036854775807", 2**63 - 1, "int"),
    ],
)  # fmt: skip
def test_a_plain_text_is_what_yaml_takes_it_for(written: str, value: object, kind: str) -> None:
    root = read_tree(f"a: {written}\n".encode()).root
    assert root is not None
    node = root.children["a"]
    assert (node.value, type(node.value), node.kind) == (value, type(value), kind)


@pytest.mark.parametrize(
    ("version", "means"),
    [("3", 3), ("3.0", 3), ("'3'", 3), ("3.9", 3), ("three", 1), ("yes", 0), (".nan", 1), ("[3]", 1), ("-1", -1)],
)  # fmt: skip
def test_a_leaf_is_judged_by_the_version_that_it_declares_however_it_says_so(
    version: str, means: int
) -> None:
    found = read(PATH, LEAF.replace(b"version: 3", f"version: {version}".encode()))
    assert found.version == means
    assert type(found.version) is int


@pytest.mark.parametrize(
    ("was", "becomes", "said", "line", "column"),
    [
        (b"answer: You do.", b"answer: 2024-01-31", "is a date; a text is needed", 10, 13),
        (b"answer: You do.", b"answer: yes", "is yes or no; a text is needed", 10, 13),
        (b"answer: You do.", b"answer: 3.5", "is a number; a text is needed", 10, 13),
        (b"answer: You do.", b"answer: .nan", "is no finite number; a text is needed", 10, 13),
        (b"answer: You do.", b"answer:", "is empty; a text is needed", 10, 5),
        (b"answer: You do.", b"answre: You do.", "has no `answer`", 8, 5),
        (b"answer: You do.", b"answer: You do.\n    more: 1", "a key `more`", 11, 5),
        (b"version: 3", b"version: 7", "There is no version 7", 1, 1),
    ],
)
def test_what_the_schema_says_points_at_the_node(
    was: bytes, becomes: bytes, said: str, line: int, column: int
) -> None:
    found = read(PATH, LEAF.replace(was, becomes))
    assert found.root is not None
    assert found.version is not None
    problems = list(schemas.problems(found.root, found.version, found.schema))
    assert (said, line, column) in [
        (said if said in each.message else each.message, each.line, each.column) for each in problems
    ]


@pytest.mark.parametrize("name", ["compositional_skills", "knowledge"])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_of_both_schemas_is_there(name: str, version: int) -> None:
    assert schemas.known(version, name)
    assert not schemas.known(version + 3, name)
    assert schemas.deprecated(version, name) == (name == "knowledge" and version < 3)


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


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_quote_that_is_never_closed_is_told_where_it_opens(quote: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_tree(f"a: 1\nb:  {quote}open\nc: 2\nd: 3\n".encode())
    trouble = refused.value.trouble
    assert (trouble.line, trouble.column) == (2, 5)
    assert trouble.message == "A quote is opened here and never closed."


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n", 2, 1, "unfinished merge"),
        ("```yaml\na: 1\n```\n", 1, 1, "fence"),
        ("# Title\n\n  ```\na: 1\n", 3, 3, "fence"),
        ("<!DOCTYPE html>\n<html><body>404: Not Found</body></html>\n", 1, 1, "web page"),
        ("a:\n  b: 1\n\u00a0\u00a0c: 2\n  d: 3\n", 3, 1, "space that is none"),
    ],
)
def test_what_is_no_yaml_at_all_is_called_by_its_name(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_tree(text.encode())
    trouble = refused.value.trouble
    assert part in trouble.message, trouble
    assert (trouble.line, trouble.column) == (line, column)


def test_an_anchor_that_nothing_refers_to_is_told_and_the_rest_is_read() -> None:
    tree = read_tree(b"a: &It was lit\nb: 2\n")
    assert tree.root is not None
    assert tree.root.value == {"a": "was lit", "b": 2}
    (trouble,) = tree.troubles
    assert (trouble.line, trouble.column) == (1, 4)
    assert "anchor" in trouble.message
