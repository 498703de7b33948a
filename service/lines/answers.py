"""What commands of comments came to, and what a contribution waits for: shown at the end of its triage comment.

That comment is edited, so an answer notifies nobody. The last few are kept as data, and no person's push others out.
"""

from __future__ import annotations

import time
from typing import Any

from sqlmodel import Session

from service.db import words
from service.db.tables import Contribution
from service.lines import holds
from webhooks.escape import code, line
from webhooks.event import Person

ANSWER = "answer"
KEPT, OF_ONE = 6, 3  # answers of a contribution, and of them of one person
LONG = 1_200  # characters of one


def keep(session: Session, row: Contribution, who: Person, command: str, ok: bool, sentence: str) -> None:
    """Keep what became of a command."""
    body = {"name": who.name or who.id, "command": command[:40], "ok": ok, "sentence": sentence[:LONG]}
    words.say(session, row, ANSWER, f"{who.forge}/{who.id}", time.time(), body)
    known = words.standing(session, row.repository, [ANSWER], row.number)
    theirs = [word for word in known if word.by == f"{who.forge}/{who.id}"][:-OF_ONE]
    left = [word for word in known if word not in theirs]
    words.end(session, [*theirs, *left[:-KEPT]])


def shown(session: Session, row: Contribution) -> str:
    """What it waits for and what was answered, in Markdown; empty where there is nothing of either."""
    waits = [f"**Waits.** {line(why, 400)}" for why in holds.why_not(session, row, time.time())]
    known = words.standing(session, row.repository, [ANSWER], row.number)
    asked = [_answer(word.body) for word in known]
    return "\n\n".join([*waits, *(["**Asked here**", "\n".join(asked)] if asked else [])])


def _answer(body: dict[str, Any]) -> str:
    refused = "" if body["ok"] else "refused: "
    return (
        f"- {code(body['command'], 40)} ({line(body['name'], 60)}): {refused}{line(body['sentence'], LONG)}"
    )


def added(report: dict[str, Any]) -> dict[str, Any]:
    """A wanted report with its answers at the end of its triage comment."""
    told = report.get("words")
    if not told or "triage" not in report.get("comments", {}):
        return report
    said = report["comments"]["triage"].rstrip("\n")
    return {**report, "comments": {**report["comments"], "triage": f"{said}\n\n{told}\n"}}
