"""Tables written as TOML: they read back as they were, and each key is found at the line where it stands."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from triage_rules.toml_lines import Places, line_of
from triage_rules.toml_text import table, value_of

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = (
    WORDS | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(WORDS, VALUES, max_size=5))
def test_what_was_written_reads_back_as_it_was(values: dict[str, Any]) -> None:
    assert tomllib.loads(table("a", values)) == {"a": values}


@given(st.lists(st.tuples(WORDS, VALUES), max_size=5, unique_by=lambda pair: pair[0]))
def test_every_key_is_found_at_its_line(pairs: list[tuple[str, Any]]) -> None:
    text, wanted = "# [b]\n[a]\n", {}
    for key, value in pairs:
        wanted[key] = text.count("\n") + 1
        text += table("a", {key: value}).partition("\n")[2] + "# a = 1\n"
    assert {key: line_of(text, ("a", key)) for key in wanted} == wanted
    assert set(Places(text).lines) == {("a",), *paths(("a",), dict(pairs))}


def paths(above: tuple[str | int, ...], value: Any) -> set[tuple[str | int, ...]]:
    """Every path below a value, as the reader of TOML sees them."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return {(*above, key) for key, _ in items}.union(*(paths((*above, key), each) for key, each in items))


def test_a_list_that_is_long_takes_a_line_for_each_of_its_entries() -> None:
    assert value_of(["a", "b"]) == '["a", "b"]'
    assert value_of(["a" * 60, "b" * 60]).count("\n") == 3
    assert value_of([{"name": "a"}]) == '[\n  { name = "a" },\n]'


@given(st.text(max_size=60))
def test_whatever_the_text_is_the_walk_ends(text: str) -> None:
    assert all(1 <= line <= text.count("\n") + 1 for line in Places(text).lines.values())
