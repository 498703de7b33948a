"""What a contribution should show against what it shows: the calls to make, and making them.

Done twice, it changes nothing the second time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

from webhooks.forge import Checks, Conversation, Denied, Found, FoundComment
from webhooks.report import Check, Report


class Talking(Conversation, Checks, Protocol):
    """What it takes to show a report."""


@dataclass(frozen=True)
class Write:
    """A new comment, which notifies."""

    purpose: str
    text: str

    def make(self, forge: Talking, number: int) -> None:
        """Do it."""
        forge.write(number, self.purpose, self.text)


@dataclass(frozen=True)
class Edit:
    """Another text for a comment that is there."""

    id: str
    text: str

    def make(self, forge: Talking, number: int) -> None:
        """Do it."""
        forge.edit(number, self.id, self.text)


@dataclass(frozen=True)
class Remove:
    """Away with a second comment of the same purpose: a retried request once made it."""

    id: str

    def make(self, forge: Talking, number: int) -> None:
        """Do it."""
        forge.remove(number, self.id)


@dataclass(frozen=True)
class Label:
    """Labels to add and to take away."""

    add: frozenset[str]
    remove: frozenset[str]

    def make(self, forge: Talking, number: int) -> None:
        """Do it."""
        forge.label(number, self.add, self.remove)


@dataclass(frozen=True)
class Mark:
    """The check as it should be."""

    check: Check

    def make(self, forge: Talking, number: int) -> None:
        """Do it."""
        forge.mark(number, self.check)


Call = Write | Edit | Remove | Label | Mark


def reconcile(wanted: Report, found: Found) -> list[Call]:
    """The calls that make `found` show `wanted`: the check first, which is the verdict; labels; then what notifies."""
    calls: list[Call] = []
    if wanted.check is not None and wanted.check != found.check:
        calls.append(Mark(wanted.check))
    add = frozenset(wanted.labels) - found.labels
    remove = (found.labels & frozenset(wanted.managed)) - frozenset(wanted.labels)
    if add or remove:
        calls.append(Label(add, remove))
    there: dict[str, list[FoundComment]] = defaultdict(list)
    for comment in found.comments:
        there[comment.purpose].append(comment)
    for purpose, text in wanted.comments.items():
        if not there[purpose]:
            calls += [] if purpose in wanted.gone else [Write(purpose, text)]
            continue
        first, *others = there[purpose]
        if _same(first.text) != _same(text):
            calls.append(Edit(first.id, text))
        calls.extend(Remove(other.id) for other in others)
    return calls


def _same(text: str) -> str:
    """A text as forges give it back: they change line ends and drop space at the end."""
    return text.replace("\r\n", "\n").rstrip()


@dataclass(frozen=True)
class Shown:
    """What it took to show a report: how many calls, which comments are new, and which were there already.

    `refused` is what the forge refused first.
    """

    calls: int
    written: tuple[str, ...]
    there: tuple[str, ...]
    refused: Denied | None = None


def make(forge: Talking, report: Report) -> Shown:
    """Make the forge show a report.

    What it refuses, a label say, keeps nothing else from being shown.
    """
    found = forge.found(report.number, frozenset(report.comments))
    calls = reconcile(report, found)
    refused: list[Denied] = []
    written: list[str] = []
    for call in calls:
        try:
            call.make(forge, report.number)
            written += [call.purpose] if isinstance(call, Write) else []
        except Denied as why:
            refused.append(why)
    known = {comment.purpose for comment in found.comments}
    there = tuple(sorted(known & report.comments.keys()))
    return Shown(len(calls), tuple(written), there, refused[0] if refused else None)


def show(forge: Talking, report: Report) -> int:
    """Make the forge show a report; returns how many calls it took (0: it did already). Raises Denied at the end."""
    done = make(forge, report)
    if done.refused is not None:
        raise done.refused
    return done.calls
