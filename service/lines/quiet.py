"""Into which comment a word goes, so that a contribution rings its people at most three times in its life.

A new comment notifies everybody who follows; an edit notifies nobody. Three things are worth a bell: that it was looked
at and what it needs (`triage`), that it was held back (`held`), that it is in a release (`shipped`). Each rings once.
All else, where a batch stands say, is written into one of these: whoever wants to know finds it where they look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhooks.reconcile import Shown
from webhooks.report import BUDGET

BELLS = ("triage", "held", "shipped")
WAITING = "waiting-for-author"  # the label of whoever is reminded
ASKS = {"changes-requested": "triage", "conflicted": "triage", "needs-human": "triage", "held-back": "held"}
Rung = Mapping[
    str, Any
]  # a comment's purpose -> how often it rang, and the state and the revision that it told of last


def place(comments: Mapping[str, str], purpose: str) -> str:
    """The comment, of those that are there or a new one, in which a word of this purpose stands.

    `comments` are in the order in which they were written. Whatever happens, a fourth one is an edit of the last: that
    holds for reports of older versions too, which had a comment for each batch and each release.
    """
    if purpose in comments:
        return purpose
    older = [name for name in comments if purpose == "shipped" and name.startswith("release-")]
    chosen = older[0] if older else purpose if purpose in BELLS else BELLS[0]
    full = chosen not in comments and len(comments) >= len(BELLS)
    return list(comments)[-1] if full else chosen


def gone(rung: Rung, state: str, head: str) -> frozenset[str]:
    """The comments that are not written anew where they are there no more, since somebody took them away.

    One comes back when a person must act who was not asked to by it before, and while that is among the three.
    """
    spent = sum(times for times, _ in rung.values()) >= len(BELLS)
    return frozenset(
        purpose
        for purpose, (_, told) in rung.items()
        if spent or ASKS.get(state) != purpose or told == f"{state} {head}"
    )


def rung(before: Rung, done: Shown, state: str, head: str) -> dict[str, Any]:
    """How often each comment rang by now; one that is there, and that nobody remembers to have written, rang once."""
    after = dict(before)
    for purpose in (*done.there, *done.written):
        times = before.get(purpose, (0, ""))[0]
        after[purpose] = [max(1, times + (purpose in done.written)), f"{state} {head}"]
    return after


def within(comments: Mapping[str, str], before: Rung) -> dict[str, str]:
    """The same words in no more comments than may ring: what would be a fourth stands above the last one's own.

    Where nobody remembers what rang, a report of an older version may have more, which are there already.
    """
    if not before:
        return dict(comments)
    left = len(BELLS) - sum(times for times, _ in before.values())
    kept: dict[str, str] = {}
    for purpose, text in comments.items():
        if purpose in before or left > 0 or not kept:
            left -= purpose not in before
            kept[purpose] = text
            continue
        last = next(reversed(kept))
        both = f"{text.rstrip()}\n\n---\n\n{kept[last]}"
        kept[last] = both if len(both) <= BUDGET else text
    return kept
