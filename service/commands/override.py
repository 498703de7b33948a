"""Override a rule for this revision, or the gate of a batch; needs a reason, which stands in the record and is shown.

`override RULE REASON` makes the rule's findings notes until the next push. `override BATCH REASON`, with a batch's
number, lets it pass though the gate did not pass it.
"""

from __future__ import annotations

from typing import Any

from service.db import contributions
from service.house import House
from service.lines import overrides, standstill
from service.lines.obey import number_of, reason_of, same_revision, words_of
from triage_rules.rule import rule_named
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "override", Right.maintain, "RULE|BATCH REASON"
BOUND = True  # of a rule


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Override a rule that is named, else the gate of a batch."""
    rule = str(asked.get("rule") or next(iter(words_of(asked)), ""))
    if asked.get("batch") is None and rule_named(rule) is not None:
        return _rule(house, repository, asked, who, rule)
    number = number_of(asked, "batch")
    reason = reason_of(asked, skip=1)
    if not reason:
        raise ValueError("An override needs a reason.")
    called = who.name if who.name != who.id else ""
    standstill.override(house, repository, number, f"{who.forge}/{who.id}", reason, called)
    return f"Batch {number} passes by override."


def _rule(house: House, repository: str, asked: dict[str, Any], who: Person, rule: str) -> str:
    """Override one rule for the newest revision of a contribution."""
    reason = reason_of(asked, skip=0 if asked.get("rule") else 1)
    if not reason:
        raise ValueError("An override needs a reason.")
    policy = house.policy(house.repository(repository)).judging
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of({"number": asked["number"]}, "contribution"))
        same_revision(asked, row.head)
        verdict = overrides.override(session, row, rule, who, reason, policy)
    house.ring("speak")
    return f"{rule} is overridden for {row.head[:12]}, and the verdict is {verdict}; a push ends this."
