"""Where the batch of a contribution stands, and what becomes of it when its batch ends without a release."""

from __future__ import annotations

from service.db.tables import Batch, Contribution
from service.reports.held import BACK, UNMERGED
from service.reports.unmeasured import unmeasured
from webhooks.escape import code, line

STEPS = ("generating", "training", "searching", "confirming", "passed", "released")
SHOWN = {"generating": "write rows", "training": "train", "passed": "measure and gate", "released": "release"}
SEEKS = ("searching", "confirming")
ELSE = {"passed": "passed its gate", "inconclusive": "waits for a person", "failed": "was refused"}


def batch(batch: Batch, member: Contribution | None = None) -> str:
    """Where the batch stands, step by step; and which commit of the contribution is in it."""
    if batch.state == "stalled":
        return unmeasured(f"A run of batch {batch.id} stopped on a fault of ours.", None)
    rows = ["| Step | State |", "|---|---|"]
    reached = STEPS.index(batch.state if batch.state in STEPS else "passed")
    for index, (name, words) in enumerate(SHOWN.items()):
        mark = "done" if STEPS.index(name) < reached else "now" if name == batch.state else ""
        if name == "passed" and batch.state in (*ELSE, *SEEKS):
            mark = "looking for what made a leaf fall" if batch.state in SEEKS else ELSE[batch.state]
        rows.append(f"| {index + 1}. {words} | {mark} |")
    decided = batch.state in ("inconclusive", "failed")
    wait = "a maintainer decides what becomes of the batch." if decided else "you need do nothing."
    state = ELSE.get(batch.state, f"now {batch.state}")
    others = len(batch.members) - 1
    with_ = {0: "alone", 1: "with 1 other"}.get(others, f"with {others} others")
    foot = ""
    if member is not None and member.merged:
        foot = f"{code(member.head[:12])}, merged as {code(member.merged[:12])}, {with_}."
    head = [f"### In batch {batch.id}, {state}", "\n".join(rows), f"**Author:** {wait}", foot]
    return "\n\n".join(part for part in head if part) + "\n"


def given_up(batch: Batch, member: Contribution, reason: str) -> str:
    """Why the batch ended without a release, and what becomes of this one."""
    if member.state == "held-back":
        fate, way = "A maintainer holds this contribution back: it is left out of the model.", BACK
        if member.merged is None:
            way = f"{UNMERGED}, and I look again."
    else:
        fate, way = "This contribution waits for the next batch.", "You need do nothing."
    head = [f"### Batch {batch.id} was given up", line(reason, 600), fate, f"**Author:** {way}"]
    return "\n\n".join(part for part in head if part) + "\n"
