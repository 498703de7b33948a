"""The queue as one issue for maintainers who never open our page: rows by what they need, boxes that act.

A box is a line of a task list. Behind it stands what it does, hidden, with the revision that it was drawn for: whoever
ticks it decides on what they saw. What was ticked is read by comparing the body with the one that we would write; any
other change of the body is nothing, and is written over.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from webhooks.escape import code, line
from webhooks.report import BUDGET

TITLE = "Upweight: what needs whom"
NEEDS = {
    "needs-review": "Needs a maintainer's approval",
    "needs-human": "Needs a maintainer's decision",
    "approved": "Approved, and merged in a moment",
    "changes-requested": "Waits for its author",
    "conflicted": "Waits for its author to rebase",
    "held-back": "Held back",
}
BOXES = {"needs-review": ("approve",), "needs-human": ("approve",), "changes-requested": ("close",),
         "conflicted": ("close",), "held-back": ("readmit",)}  # fmt: skip
WORDS = {
    "approve": "approve this revision",
    "close": "close it",
    "readmit": "let it back into the next batch",
}
CALLED = {
    "inconclusive": "its gate can't tell, and a maintainer decides",
    "failed": "its gate refused it, and a maintainer decides",
    "stalled": "a run of it stopped on a fault of ours",
    "passed": "passed, and not released yet",
}
ENDS = "give-up {0} REASON"
SAYS = {
    "inconclusive": ("override {0} REASON", ENDS),
    "failed": ("override {0} REASON", ENDS),
    "stalled": ("retry {0}", ENDS),
    "passed": ("cut", ENDS),
}
REASON = "Ticked on the dashboard issue."
_BOX = re.compile(
    r"^ {0,4}- \[([ xX])\] [^\n]*<!-- upweight:([a-z-]+):(\d{1,15}):([0-9a-f]{12}) -->\s*$", re.MULTILINE
)


class Row(msgspec.Struct, frozen=True):
    """One contribution of the queue; `days` since it moved, `ours` where maintainers have been silent for too long."""

    number: int
    state: str
    title: str
    author: str
    head: str
    days: int
    ours: bool = False


class Waiting(msgspec.Struct, frozen=True):
    """A batch that is at work or waits for a maintainer, and the contributions in it."""

    id: int
    state: str
    members: tuple[int, ...] = ()


class Tick(msgspec.Struct, frozen=True):
    """A box that somebody ticked: a command, the contribution, and the beginning of the revision's hash."""

    action: str
    number: int
    head: str


def dashboard(rows: Sequence[Row], batches: Sequence[Waiting] = (), budget: int = BUDGET) -> str:
    """The body of the issue: the batches, then the longest wait first in each part.

    Where it would be too long, the rows at the end are left out.
    """
    order = sorted(rows, key=lambda row: (-row.days, row.number))
    fits = bisect_left(range(len(order) + 1), budget, key=lambda count: len(_drawn(order, count, batches)))
    return _drawn(order, fits - 1, batches) if fits else "The queue can't be shown here.\n"


def _drawn(order: Sequence[Row], count: int, batches: Sequence[Waiting]) -> str:
    """The first rows, and how many are left out."""
    left = len(order) - count
    more = f"{left} more are not shown here.\n\n" if left else ""
    acts = "A tick acts for whoever has the right to it; this is edited in place."
    return "\n\n".join([*_parts(order[:count], batches), f"{more}{acts}"]) + "\n"


def _parts(rows: Sequence[Row], batches: Sequence[Waiting]) -> list[str]:
    ours = [row for row in rows if row.ours]
    late = f"**{len(ours)} wait for us longer than we let an author wait.**" if ours else ""
    told = [late] if late else [] if rows or batches else ["Nothing waits for anybody."]
    if batches:
        told += ["### Batches", "\n".join(map(_batch, batches))]
    for state, heading in NEEDS.items():
        listed = [_row(row) for row in rows if row.state == state]
        told += [f"### {heading} ({len(listed)})", "\n".join(listed)] if listed else []
    return told


def _batch(batch: Waiting) -> str:
    """Where a batch stands, and what a maintainer may say of it in a comment on any contribution."""
    several = "contribution" if len(batch.members) == 1 else "contributions"
    named = ", ".join(map(str, batch.members[:20])) + (", ..." if len(batch.members) > 20 else "")
    told = f"- **Batch {batch.id}** of {several} {named}: {CALLED.get(batch.state, f'{batch.state} now')}"
    says = [code(f"@upweight {word.format(batch.id)}") for word in SAYS.get(batch.state, ())]
    return f"{told}; in a comment on any of them, {' or '.join(says)}." if says else f"{told}."


def _row(row: Row) -> str:
    wait = "today" if not row.days else f"{row.days} {'day' if row.days == 1 else 'days'}"
    about = (
        f"- **{row.number}** {line(row.title, 100)}, by {line(row.author, 40)}, {wait}, {code(row.head[:12])}"
    )
    boxes = [_box(action, row) for action in BOXES.get(row.state, ())]
    return "\n".join([about, *boxes])


def _box(action: str, row: Row) -> str:
    return f"  - [ ] {WORDS[action]} <!-- upweight:{action}:{row.number}:{row.head[:12]} -->"


def ticked(written: str, found: str) -> list[Tick]:
    """The boxes that are ticked in `found`, each of which stood open in what we wrote; in their order, each once.

    A box that we did not write is nobody's: who can edit the issue could write any.
    """
    open_ = {_tick(each) for each in _BOX.finditer(written) if each[1] == " "}
    given = dict.fromkeys(
        _tick(each) for each in _BOX.finditer(found.replace("\r\n", "\n")) if each[1] in "xX"
    )
    return [each for each in given if each in open_]


def _tick(box: re.Match[str]) -> Tick:
    return Tick(box[2], int(box[3]), box[4])
