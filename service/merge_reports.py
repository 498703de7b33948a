"""What is said of a merge that can't be, or is no more: pure, from rows to markdown, as in service/reports.py."""

from __future__ import annotations

from service.db.tables import Batch, Contribution
from service.reports import points
from webhooks.escape import code, line


def not_merged(member: Contribution, why: str) -> str:
    """That the forge refuses its merge, and why."""
    return (
        f"### Approved, and the forge does not let me merge it\n\n{line(why, 600)}\n\n"
        "**Maintainer:** merge it by hand, or give me the right to; I ask again every ten minutes. "
        "**Author:** you need do nothing.\n"
    )


def rewound(member: Contribution, anew: bool) -> str:
    """That the base branch lost it, and who decides now."""
    text = "### The base branch was pushed by force and no longer holds this\n\n"
    if anew:
        return text + (
            "It was merged, and no batch had taken it in. **Maintainer:** if that was not meant, approve it again, and "
            "it is merged again; else reject it. **Author:** you need do nothing.\n"
        )
    return text + (
        f"It is {line(member.state, 30)}, and stays so: a model was made with it, and its commits are kept. "
        "**Maintainer:** look whether the branch should have it. **Author:** you need do nothing.\n"
    )


def not_landed(batch: Batch, why: str) -> str:
    """That a batch passed and its base branch stays where it is, and why."""
    return (
        f"### Batch {batch.id} passed, and I can't move the base branch on to it\n\n{line(why, 600)}\n\n"
        "**Maintainer:** give me the right to move the branch past its protection, or give the batch up; I ask again "
        "every ten minutes. **Author:** you need do nothing.\n"
    )


def sent_back(batch: Batch, member: Contribution) -> str:
    """That it was left out of its batch and is in no branch, and how to come back."""
    held = member.held or {}
    why = (
        f"With it in the mix, {code(held['leaf'])} changed by {points(held['change'])} points "
        f"(90 % interval {points(held['low'])} to {points(held['high'])})."
        if "leaf" in held
        else "The batch was decided without it."
    )
    return "\n\n".join([
        f"### Taken out of batch {batch.id}, and not merged",
        why,
        "**Author:** it never went into the base branch. Mend it and push again; it is judged anew.",
    ]) + "\n"  # fmt: skip
