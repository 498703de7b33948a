"""The ways by which somebody else's text may enter a comment: a line, a title, inline code, a fence, a suggestion.

None of them can mention, link, close an issue, run a quick action or leave its place. Entities would not do: forges
look for mentions after they have decoded them. Nor would backslashes alone: a forge looks for references in the text
that is left when they are gone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

BREAK = "\u200b"  # zero width: the eye sees nothing, a forge's mention does not match across it
LINE, CODE = 200, 120
FENCE_LINES, FENCE_WIDTH, FENCE_ALL = 12, 160, 1500

_BEFORE = re.compile(r"[:$]")  # an address, a formula: what leads up to the sign must not touch it
_SIGILS = re.compile(  # people, issues, requests, labels, milestones, epics, snippets, paths, addresses, emoji, changes
    r"[@#!~%&$^/*\[{:]"
)
_WORDS = re.compile(r"(?i)(?<=[a-z])-(?=\d)|(?<=ghsa)-|(?<=www)\.")  # GH-1, CVE-2026-1, and a tracker's own
_COMMIT = re.compile(r"(?<![0-9A-Za-z_])[0-9a-fA-F]{7,}(?![0-9A-Za-z_])")  # forges link seven digits and more
_TICKS = re.compile(r"`{8}(?=`)")  # cmark takes no more than eighty for the beginning of code
_SLASH = re.compile(r"^\s*(?=/)")
_SHORT = re.compile(r".{1,6}")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, bidi and other formats, halves, line ends


def line(text: str, limit: int = LINE) -> str:
    """One line of prose: what can't be seen is dropped, sigils broken, all ASCII punctuation escaped."""
    plain = _clip(" ".join(_visible(text).split()), limit)
    return _PUNCTUATION.sub(r"\\\1", _broken(plain))


def title(text: str, limit: int = LINE) -> str:
    """The same for the summary of a fold: that is HTML, in which backslashes are only backslashes."""
    return html.escape(_broken(_clip(" ".join(_visible(text).split()), limit)))


def code(text: str, limit: int = CODE, table: bool = False) -> str:
    """Inline code, its backticks longer than any inside; `table` where it stands in a cell, for the bars."""
    inner = _clip(" ".join(_visible(text).split()), limit)
    if not inner:
        return "*(empty)*"
    inner = _TICKS.sub(rf"\g<0>{BREAK}", inner)
    if table:
        inner = inner.replace("\\|", "\\" + BREAK + "|").replace("|", "\\|")
    ticks = "`" * (_longest_run(inner) + 1)
    pad = " " if inner[0] in "` " or inner[-1] in "` " else ""
    return f"{ticks}{pad}{inner}{pad}{ticks}"


def fence(text: str, language: str = "") -> str:
    """A fenced block of at most 12 lines of 160 characters, 1,500 in all; says how many lines were left out.

    It stands on lines of its own: put an empty line before it, and nothing on its lines. None of its own begins with
    a slash: GitLab looks for quick actions by an expression that takes three backticks inside for the end of any fence.
    """
    found = re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", text)
    lines = [_SLASH.sub(rf"\g<0>{BREAK}", _visible(one.expandtabs(4)).rstrip()) for one in found]
    while lines and not lines[-1]:
        lines.pop()
    shown: list[str] = []
    size = 0
    for one in lines[:FENCE_LINES]:
        clipped = _clip(one, FENCE_WIDTH)
        if size + len(clipped) > FENCE_ALL:
            break
        shown.append(clipped)
        size += len(clipped) + 1
    if len(shown) < len(lines):
        shown.append(f"… {len(lines) - len(shown)} more lines")
    ticks = "`" * max(3, max((_longest_run(one) for one in shown), default=0) + 1)
    tag = language if language.isalnum() else ""
    return "\n".join([ticks + tag, *shown, ticks])


def suggestion(lines: Sequence[str], replaced: int = 1, dialect: str = "github") -> str | None:
    """The block by which a forge offers these lines in the place of those that a comment stands at.

    It must hold them to the letter, or it would break what it mends: where they hold what can't be seen, begin with a
    slash (`fence` says why), or are more than a fence takes, there is none. GitHub takes the comment's own range;
    GitLab counts the lines below it.
    """
    text = "\n".join(lines)
    if (
        not lines
        or len(lines) > FENCE_LINES
        or len(text) > FENCE_ALL
        or any(_visible(one) != one or one.lstrip().startswith("/") for one in lines)
    ):
        return None
    ticks = "`" * max(3, _longest_run(text) + 1)
    tag = "suggestion" if dialect == "github" else f"suggestion:-0+{max(0, replaced - 1)}"
    return "\n".join([ticks + tag, *lines, ticks])


def row(*cells: str) -> str:
    """A row of a table from cells that are escaped already; padded: a backslash before a bar breaks it."""
    return "| " + " | ".join(" ".join(cell.split("\n")) for cell in cells) + " |"


def _broken(text: str) -> str:
    """The text in which nothing refers to anything; the eye sees no difference."""
    text = _WORDS.sub(lambda found: BREAK + found.group() + BREAK, text)
    text = _BEFORE.sub(lambda found: BREAK + found.group(), text)
    text = _SIGILS.sub(lambda found: found.group() + BREAK, text)
    return _COMMIT.sub(lambda found: BREAK.join(_SHORT.findall(found.group())), text)


def _visible(text: str) -> str:
    """The characters that can be seen; a control counts as a space."""
    return "".join(
        char
        if (kind := unicodedata.category(char)) not in _UNSEEN
        else " "
        if kind in {"Cc", "Zl", "Zp"}
        else ""
        for char in text
    )


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
