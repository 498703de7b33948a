"""Tables as TOML text that reads back to the same tables: the standard library reads TOML and does not write it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDE = 100  # a list that is longer takes a line for each of its entries


def table(name: str, values: Mapping[str, Any], remarks: Mapping[str, str] | None = None) -> str:
    """`[name]`, remarks on keys that are not set, and its keys; None can't be said in TOML and is left out."""
    lines = [f"[{name}]", *(f"# {key} = {said}" for key, said in (remarks or {}).items())]
    lines += [f"{key_of(key)} = {value_of(value)}" for key, value in values.items() if value is not None]
    return "\n".join(lines) + "\n"


def key_of(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else f'"{_escaped(name)}"'


def value_of(value: Any) -> str:
    """A text, truth, number, list or inline table."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        inner = [f"{key_of(key)} = {value_of(each)}" for key, each in value.items() if each is not None]
        return f"{{ {', '.join(inner)} }}" if inner else "{}"
    if isinstance(value, Sequence):
        entries = [value_of(each) for each in value]
        short = f"[{', '.join(entries)}]"
        if len(short) <= _WIDE and not any(isinstance(each, Mapping) for each in value):
            return short
        return "[\n" + "".join(f"  {each},\n" for each in entries) + "]"
    return repr(value)


def _text(value: str) -> str:
    """A basic string, or one over many lines where it has them: JSON's escapes are TOML's too."""
    if "\n" in value.strip("\n") and "\r" not in value:
        body = "\n".join(_escaped(line) for line in value.split("\n"))
        return f'"""\n{body}"""'
    return f'"{_escaped(value)}"'


def _escaped(text: str) -> str:
    plain = json.dumps(text, ensure_ascii=False)[1:-1]
    return "".join(char if char.isprintable() else _numbered(char) for char in plain)


def _numbered(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
