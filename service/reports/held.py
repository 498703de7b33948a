"""Held back: which leaf fell by how much, how it was found, how to come back; and by whom it was superseded."""

from __future__ import annotations

from typing import Any

from service.db.tables import Batch, Contribution
from service.reports.shipped import points
from webhooks.escape import code, line

UNMERGED = "It was not merged. Mend it and push again"
BACK = (
    "It is in the base branch already, so it takes no new revision. Back into the mix it comes by a new contribution "
    "of the same author that changes the leaf, or by a maintainer who readmits it."
)


def held_back(batch: Batch, member: Contribution) -> str:
    """Which leaf fell by how much against which limit, how it was found, and how to come back."""
    held = member.held or {}
    runs = len((batch.search or {}).get("steps", []))
    sure = f"{100 * (held.get('posterior') or 0):.0f} %"
    limit = held.get("limit")
    against = f"; the limit is a sure fall of {100 * limit:.0f}" if limit else ""
    merged = member.merged is not None
    way = BACK if merged else f"{UNMERGED}: it is judged anew as soon as batch {batch.id} is decided."
    stays = " The contribution stays in the repository and is left out of the model." if merged else ""
    return "\n\n".join([
        f"### Taken out of batch {batch.id}",
        f"With it in the mix, {code(held['leaf'])} changed by {points(held['change'])} points "
        f"(90 % interval {points(held['low'])} to {points(held['high'])}{against}).",
        f"{runs} training runs with and without each contribution of the batch traced this here ({sure} sure).{stays}",
        *again(held),
        f"**Author:** {way}",
        f"{code(member.head[:12])} was in the mix of batch {batch.id}; the others went on without it.",
    ]) + "\n"  # fmt: skip


def again(held: dict[str, Any]) -> list[str]:
    """What came of trying it on a newer release; nothing where that was not done, or could not be."""
    trial = held.get("again") or {}
    decision = trial.get("decision")
    if decision is None:
        return []
    then = (
        "It would pass by now: a maintainer may readmit it." if decision == "passed" else f"It is {decision}."
    )
    moved = trial.get("change")
    leaf = "" if moved is None else (
        f" {code(held['leaf'])} changed by {points(moved)} points ({points(trial['low'])} to {points(trial['high'])})."
    )  # fmt: skip
    return [f"**Tried again on {line(trial['release'], 40)}.** {then}{leaf}"]


def superseded(by: Contribution) -> str:
    """That a newer contribution took its place, and in which release."""
    return (
        f"### Contribution {by.number} took its place\n\n"
        f"It is of the same author, changes the same leaves and is in {line(by.release or '', 40)}. "
        "This one stays out of the mix.\n\n**Author:** nothing is left to do.\n"
    )
