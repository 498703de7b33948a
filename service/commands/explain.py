"""Explain a rule: what it looks for, why, and what to do about it."""

from __future__ import annotations

import difflib
from typing import Any

from service.house import House
from service.lines.obey import words_of
from triage_rules.rule import all_rules, rule_named
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "explain", Right.read, "RULE"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """What its own page says, in short."""
    word = str(asked.get("rule") or " ".join(words_of(asked)[:1])).strip("[]`").lower()[:80]
    rule = rule_named(word)
    if rule is None:
        near = difflib.get_close_matches(word, [each.id for each in all_rules()], n=3)
        hint = f"Do you mean {' or '.join(near)}?" if near else "A finding names its rule in brackets."
        raise ValueError(f"There is no rule {word or 'without a name'}. {hint}")
    parts = [f"{rule.title}.", rule.why, f"Bad: {rule.bad}", f"Good: {rule.good}", rule.remedy]
    return " ".join(" ".join(part.split()) for part in parts if part)
