"""Commands in the text of a comment: ``@upweight approve`` at the start of a line.

Quotes, code and HTML comments are skipped: who quotes a command does not give it. What a command does lives
elsewhere; here is only what was said.
"""

from __future__ import annotations

import re
import shlex

import msgspec

LIMIT = 20  # commands in one comment
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CLOSED_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NAME = re.compile(r"[a-z][a-z-]{0,39}")


class Command(msgspec.Struct, frozen=True):
    """One command: its name, its words, and the rest of the line as it was written."""

    name: str
    arguments: tuple[str, ...] = ()
    text: str = ""


def parse(text: str, bot: str = "upweight") -> list[Command]:
    """The commands of a comment in their order; none where it gives none."""
    call = re.compile(rf" {{0,3}}@{re.escape(bot)}(?:\[bot\])?(?![\w/-])[:,]?[ \t]*(.*)", re.IGNORECASE)
    commands: list[Command] = []
    for line in _spoken(_CLOSED_COMMENT.sub("", text)):
        found = call.fullmatch(line)
        if found is None:
            continue
        name, _, rest = found.group(1).strip().partition(" ")
        name = name.lower().rstrip(".,!;:")
        if _NAME.fullmatch(name):
            commands.append(Command(name, tuple(_words(rest)), rest.strip()))
    return commands[:LIMIT]


def _spoken(text: str) -> list[str]:
    """The lines that are neither quoted nor code."""
    spoken: list[str] = []
    fence = ""
    quoted = False
    for line in text.splitlines():
        found = _FENCE.match(line)
        if fence:
            closing = found and found.group(1).startswith(fence) and not line.strip().strip(fence[0])
            fence = "" if closing else fence
            continue
        if found:
            fence, quoted = found.group(1), False
        elif re.match(r" {0,3}>", line):
            quoted = True
        elif not line.strip():
            quoted = False
        elif not line.startswith(("    ", "\t")) and not (quoted and not line.lstrip().startswith("@")):
            spoken.append(line)
    return spoken


def _words(text: str) -> list[str]:
    """Words, of which quotes hold several together; an apostrophe alone is none."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
