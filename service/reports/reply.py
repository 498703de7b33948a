"""What became of people's commands, in short sentences: part of the one comment, since an answer needs no bell."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from webhooks.escape import code, line

LAST = 6  # replies that stay; older ones are in the record


class Reply(msgspec.Struct, frozen=True):
    """Who asked, what they asked for (a command as it was written), and what became of it in one sentence."""

    who: str
    asked: str
    sentence: str


def replies(answers: Sequence[Reply]) -> str:
    """The last of them, one a line; empty where nobody asked."""
    rows = [
        f"- {line(each.who, 60)} asked {code(each.asked, 80)}: {line(each.sentence, 1_200)}"
        for each in answers
    ]
    return "\n".join(["**Answers**\n", *rows[-LAST:]]) if rows else ""
