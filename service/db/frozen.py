"""Nouns frozen as JSON: each carries its ``schema`` number, and old ones are lifted when they are read.

So a column of JSON never needs a migration of its own, and what Git keeps can be read for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]

SCHEMAS = {"verdict": 1, "report": 1, "spec": 1, "gate": 1, "search": 1, "held": 1, "manifest": 1}
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
    return {**body, "schema": current}
