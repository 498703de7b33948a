"""Nouns frozen as JSON: each carries its ``schema`` number, and old ones are lifted when they are read.

So a column of JSON never needs a migration of its own, and what Git keeps can be read for ever. The number
stands in the database alone: code sees today's form, the same before it was kept and after.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, Dialect, TypeDecorator

Body = dict[str, Any]

SCHEMAS = {
    "verdict": 1,
    "outline": 1,
    "report": 1,
    "spec": 1,
    "gate": 1,
    "search": 1,
    "held": 1,
    "manifest": 1,
}
UPGRADES: dict[tuple[str, int], Callable[[Body], Body]] = {}  # (noun, from schema) -> body of the next


class TooNew(ValueError):
    """The noun was written by a later version than this one."""


def freeze(noun: str, body: Body) -> Body:
    """The body with today's schema number of `noun`; KeyError for a noun that nobody declared."""
    return {**body, "schema": SCHEMAS[noun]}


def thaw(noun: str, body: Body) -> Body:
    """The body as today's code expects it; one without a number is of schema 1. Raises TooNew."""
    current, found = SCHEMAS[noun], int(body.get("schema", 1))
    if found > current:
        raise TooNew(f"This {noun} has schema {found}; this version of Upweight reads up to {current}.")
    while found < current:
        body = UPGRADES[noun, found](body)
        found += 1
    return {key: value for key, value in body.items() if key != "schema"}


class Frozen(TypeDecorator[Any]):
    """A column of JSON that holds a noun, or a list of them: frozen when written, thawed when read."""

    impl = JSON
    cache_ok = True

    def __init__(self, noun: str) -> None:
        super().__init__(none_as_null=True)
        self.noun = noun

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """What is kept."""
        if isinstance(value, list):
            return [freeze(self.noun, each) for each in value]
        return None if value is None else freeze(self.noun, value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """What is read."""
        if isinstance(value, list):
            return [thaw(self.noun, each) for each in value]
        return None if value is None else thaw(self.noun, value)
