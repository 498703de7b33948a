"""I could not measure this: a fault of ours is told as one, with the time of the next try."""

from __future__ import annotations

from datetime import UTC, datetime

from webhooks.escape import line


def unmeasured(what: str, again: float | None) -> str:
    """What failed, whose fault it is not, and when it is tried again (seconds since the epoch); None: by a person."""
    when = "as soon as a maintainer has looked at it" if again is None else f"at {moment(again)}"
    return (
        f"### I could not measure this\n\n{line(what, 300)} Nothing is wrong with this contribution; "
        f"it is tried again {when}.\n\n**Author:** you need do nothing.\n"
    )


def moment(at: float) -> str:
    """A time that reads the same everywhere."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H.%M UTC")
