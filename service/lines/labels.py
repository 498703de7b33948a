"""Labels as commands: who may give a command may give it by its label; any other change of our labels is put back.

A change that is not so on the forge any more, since its delivery came late, means nothing either. What a change means
is decided by a pure function; `heed` carries it out. What is as we want it already, for example
because we put it there ourselves, means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from service import reports
from service.db import contributions, words
from service.db.tables import Contribution, Repository, Wanted
from service.house import House
from service.lines import hear, holds
from service.policy import PolicyError
from triage_rules.policy import Labels
from webhooks.event import Labelled
from webhooks.forge import Denied


class Meaning(msgspec.Struct, frozen=True):
    """What a change of a label comes to: a command to carry out, or the label to add or to take away again."""

    command: str = ""
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


NOTHING = Meaning()


def commands(names: Labels) -> dict[tuple[str, bool], str]:
    """The command that putting on (True) or taking away a label is."""
    told = {
        (names.approved, True): "approve",
        (names.approved, False): "unapprove",
        (names.rejected, True): "reject",
        (names.requested_changes, True): "request-changes",
        (names.uncertain, True): "uncertain",
        (names.legal_hold, True): "legal-hold",
        (names.legal_hold, False): "lift-legal-hold",
    }
    return {change: command for change, command in told.items() if change[0]}


def meaning(
    label: str,
    added: bool,
    wanted: frozenset[str],
    ours: frozenset[str],
    asks: Mapping[tuple[str, bool], str],
) -> Meaning:
    """What a person's change of one label means; pure.

    `wanted` are the labels that a contribution should show, `ours` all that follow from what we know, `asks` the
    commands that changes stand for.
    """
    if added == (label in wanted):
        return NOTHING
    if command := asks.get((label, added)):
        return _put_back(label, added, command)
    return _put_back(label, added) if label in ours else NOTHING


def _put_back(label: str, added: bool, command: str = "") -> Meaning:
    """The change undone; with a command, only where that is refused."""
    one = frozenset({label})
    return Meaning(command, remove=one) if added else Meaning(command, add=one)


def heed(house: House, repository: Repository, event: Labelled) -> str:
    """Carry out what a change of a label means; gives what became of it. A second time nothing is left to do.

    Where the policy can't be read nobody knows what its labels are called, and none is touched.
    """
    try:
        names = house.policy(repository).judging.labels
    except PolicyError as problem:
        return f"policy: {problem}"
    with house.database.read() as session:
        row = contributions.get(session, repository.id, event.number)
        if row is None:
            return ""
        said = session.get(Wanted, (repository.id, event.number))
        report = said.report if said is not None else {}
        held = bool(words.standing(session, repository.id, [holds.LEGAL], event.number))
    wanted = standing(row, report, names, held)
    asks = commands(names)
    ours = {*report.get("managed", ()), *report.get("labels", ()), *(label for label, _ in asks)}
    means = meaning(event.label, event.added, wanted, frozenset(ours), asks)
    if means == NOTHING:
        return ""
    forge: Any = house.forge(repository)
    if (event.label in forge.found(event.number, frozenset()).labels) != event.added:
        return "The label is not so any more."  # told late, or once more: somebody changed it back meanwhile
    sentence = ""
    if means.command:
        name = event.person.name or event.person.id
        did = "put on" if event.added else "taken off"
        reason = f"By the label {event.label}, {did} by {name}."
        asked = hear.seen(house, repository, event, {"number": event.number, "reason": reason})
        answer = hear.carry_out(house, repository, means.command, asked, event.person)
        house.ring("speak")
        if answer.ok:
            return answer.sentence
        sentence = answer.sentence
    try:
        forge.label(event.number, means.add, means.remove)
    except Denied as why:
        return f"{sentence} The label could not be put back: {str(why)[:200]}".strip()
    return f"{sentence} The label was put back.".strip()


def standing(row: Contribution, report: Mapping[str, Any], names: Labels, held: bool) -> frozenset[str]:
    """The labels that should be there: those of its report, and those that a person's decision put there; pure."""
    return reports.decided(report.get("labels", ()), row.state, held, names)
