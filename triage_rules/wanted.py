"""What a setting wants, in our own words: a library's are for those who program with it."""

from __future__ import annotations

from typing import Any

from pydantic_core import ErrorDetails

_KINDS = {
    "int_type": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "float_type": "a number is needed",
    "bool_type": "`true` or `false` is needed",
    "string_type": "a text in quotes is needed",
    "list_type": "a list is needed, in brackets",
    "tuple_type": "a list is needed, in brackets",
    "model_type": "a table is needed",
    "dict_type": "a table is needed",
    "missing": "it is missing",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "it must be {} or more"),
    "less_than_equal": ("le", "it must be {} or less"),
    "greater_than": ("gt", "it must be more than {}"),
    "less_than": ("lt", "it must be less than {}"),
}


def wanted(error: ErrorDetails) -> str:
    """What is wanted where something else was given, without a full stop."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _KINDS:
        return _KINDS[kind]
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return words.format(_number(context[name]))
    if kind == "literal_error":
        return f"it must be {context['expected'].replace(chr(39), '`')}"
    return " ".join(error["msg"].removeprefix("Value error, ").split()).rstrip(".")


def _number(bound: Any) -> str:
    return f"{bound:g}" if isinstance(bound, float) and bound < 1e6 else str(bound)
