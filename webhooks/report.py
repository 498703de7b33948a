"""What a contribution should look like on its forge: comments, labels, a check.

The service says what it wants; ``reconcile`` finds out what to do so that the forge shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from webhooks.escape import line, title

BUDGET = 60_000  # GitHub refuses a comment over 65,536 characters

Status = Literal["queued", "in_progress", "completed"]
Conclusion = Literal["success", "failure", "neutral", "action_required", "cancelled", "timed_out"]


class Annotation(msgspec.Struct, frozen=True):
    """A remark at a line of a file; with what should stand there, where a program can tell.

    `suggestion` takes the place of `lines` lines from `line` on. A forge with comments at lines shows it by
    `escape.suggestion`, which a person accepts with one click; another leaves it to the comment's fold.
    """

    path: str
    line: int
    level: Literal["notice", "warning", "failure"]
    message: str
    title: str = ""
    suggestion: tuple[str, ...] | None = None
    lines: int = 1


class Check(msgspec.Struct, frozen=True):
    """The mark beside a revision."""

    status: Status
    conclusion: Conclusion | None
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()
    head: str = ""


class Report(msgspec.Struct, frozen=True):
    """Everything that a contribution should show. `comments` maps a purpose to markdown; one comment each.

    `managed` are the labels that are ours to take away; others on the contribution are left alone. `gone` are comments
    that somebody may have taken away: one of these that is not there is not written anew.
    """

    number: int
    comments: dict[str, str] = {}
    labels: tuple[str, ...] = ()
    check: Check | None = None
    managed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain dictionaries, for the outbox."""
        return {"schema": 1, **msgspec.to_builtins(self)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Report:
        """What ``to_json`` gave."""
        return msgspec.convert(value, cls)


def fit(head: str, folds: Sequence[tuple[str, str]], foot: str, budget: int = BUDGET) -> str:
    """A comment of a head, folded details (title as plain text, markdown) and a foot, within the budget.

    Too much drops folds, the last first, and says which; the head is never dropped, but cut after a whole line: a line
    that ends early could end in the middle of an escape.
    """
    kept = list(folds)
    while True:
        dropped = [line(title) for title, _ in folds[len(kept) :]]
        note = f"Left out, because it would be too long here: {', '.join(dropped)}." if dropped else ""
        parts = [head, *(_fold(title, body) for title, body in kept), note, foot]
        text = "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"
        if len(text) <= budget:
            return text
        if not kept:
            room = max(0, budget - len(note) - len(foot) - 200)
            return fit(f"{_cut(head, room)}\n\n{note}", (), foot, budget * 2)
        kept.pop()


def _cut(head: str, limit: int) -> str:
    """The whole lines that fit; of a head of one endless line its beginning, escaped once more to be safe."""
    lines = head[:limit].rpartition("\n")[0]
    return f"{lines.rstrip()}\n\n…" if lines.strip() else f"{line(head[: limit // 5], limit)} …"


def _fold(heading: str, body: str) -> str:
    return f"<details><summary>{title(heading)}</summary>\n\n{body.strip()}\n\n</details>"
