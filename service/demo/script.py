"""What is wrong in `story.toml` by itself: keys that nobody reads, and values that a key can't have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.demo.places import Lines, Problem, line_of, nearest

FILE = "story.toml"
FORMAT = "See docs/story-format.md."
SAID = {  # the reader's words are about its own types
    "tuple_type": "is no list",
    "too_short": "is empty",
    "string_type": "is no text: put it in quotes",
    "string_too_short": "is empty",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "int_type": "is no whole number",
    "int_from_float": "is no whole number",
    "greater_than_equal": "is under 1",
    "model_type": "is no table: write its name in brackets on a line of its own",
}


def unknown(data: Mapping[str, Any], tables: Mapping[str, Sequence[str]], lines: Lines) -> Iterator[Problem]:
    """Keys that nobody reads: perhaps misspelt, so they are named, but a story is played without them."""
    for name, value in data.items():
        if name not in tables:
            yield _unread(name, list(tables), line_of(lines, name) or line_of(lines, name, 0))
            continue
        listed = isinstance(value, list)
        for index, table in enumerate(value if listed else [value]):
            for key in table if isinstance(table, dict) else ():
                if key not in tables[name]:
                    place = (name, index, key) if listed else (name, key)
                    yield _unread(key, tables[name], line_of(lines, *place))


def _unread(key: str, known: Sequence[str], line: int | None) -> Problem:
    remedy = nearest(key, known).strip() or f"Known here: {', '.join(known)}."
    return Problem(FILE, line, f"Nobody reads `{key}`.", remedy, warning=True)


def invalid(entry: Any, data: Mapping[str, Any], words: Mapping[str, Sequence[str]], lines: Lines) -> Problem:
    """One error of the reader (pydantic's), in words; `words` are what a key may say where that is a list of words."""
    place = tuple(entry["loc"])
    line = line_of(lines, *place) or line_of(lines, *(part for part in place if part != 0)) or 1
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    name = _named(place, key, data)
    if entry["type"] == "missing":
        return Problem(FILE, line, f"{name} is missing.", "Write it down.")
    if key in words and entry["type"] == "literal_error":
        remedy = f"{nearest(entry['input'], words[key])}One of: {', '.join(words[key])}."
        return Problem(FILE, line, f"{name} can't be {entry['input']!r}.", remedy)
    said = SAID.get(entry["type"])
    return Problem(FILE, line, f"{name} {said}." if said else f"{name}: {entry['msg']}.", FORMAT)


def _named(place: tuple[str | int, ...], key: str, data: Mapping[str, Any]) -> str:
    """A place in the reader's words: `verdicts` of `herb-list`, entry 2."""
    if len(place) < 3 or not isinstance(place[1], int):
        return f"`{'.'.join(map(str, place))}`"
    listed = data.get(str(place[0]))
    table = listed[place[1]] if isinstance(listed, list) and place[1] < len(listed) else listed
    topic = table.get("topic") if isinstance(table, dict) else None
    whose = f"`{topic}`" if isinstance(topic, str) and topic else f"{place[0]} {place[1] + 1}"
    entry = f", entry {place[-1] + 1}," if isinstance(place[-1], int) else ""
    return f"`{key}` of {whose}{entry}"
