"""What keeps an approved contribution from being merged though nothing is wrong with it: holds, and frozen paths."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import Session

from service.db import words
from service.db.tables import Contribution, Word
from service.lines.rights import within

HOLD, LEGAL, FREEZE = "hold", "legal-hold", "freeze"
CALLED = {HOLD: "Held", LEGAL: "On legal hold"}


def why_not(session: Session, row: Contribution, now: float) -> list[str]:
    """What keeps a contribution from being merged now, a sentence each, in plain text; empty where nothing does."""
    told = [
        f"{CALLED[word.kind]} by {word.body['name']}: {word.body['reason']}"
        for word in words.standing(session, row.repository, [HOLD, LEGAL], row.number)
    ]
    for word in words.standing(session, row.repository, [FREEZE]):
        if word.until is not None and word.until > now and frozen(row, word):
            reason = f": {word.body['reason']}" if word.body.get("reason") else "."
            told.append(
                f"{', '.join(word.body['paths'])} is frozen by {word.body['name']} until {moment(word.until)}{reason}"
            )
    return told


def frozen(row: Contribution, freeze: Word) -> bool:
    """Whether it touches what a freeze names."""
    paths = [*row.leaves, *(str(file["path"]) for file in (row.verdict or {}).get("files", ()))]
    return any(within(path, each) for path in paths for each in freeze.body["paths"])


def moment(at: float) -> str:
    """A time as people read it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
