"""The texts that we put on GitLab: marked as ours by a hidden first line, and never a command to GitLab itself.

A marker alone proves nothing, since anybody can write one; whose note it is does. GitLab runs quick actions from
lines that begin with a slash. Its own idea of what stands in a code block differs from that of Markdown (three
backticks end four), so no line of ours begins with one, fenced or not.
"""

from __future__ import annotations

import re

from webhooks.escape import BREAK

_MARK = re.compile(r"<!-- upweight: ([a-z0-9][a-z0-9._-]{0,80}) -->[ \t]*(?:\r?\n|\Z)")
_PURPOSE = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")
_ACTION = re.compile(r"(^|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])([ \t>]*)/")
_BROKEN = re.compile(rf"(^|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])([ \t>]*){BREAK}/")


def marked(purpose: str, text: str) -> str:
    """A note's body. Raises ValueError for what can't name a comment."""
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError(f"{purpose!r} can't name a comment")
    return f"<!-- upweight: {purpose} -->\n{quiet(text)}"


def purpose_of(body: str) -> str:
    """What a body says it is for; empty where it bears no marker."""
    found = _MARK.match(body)
    return found.group(1) if found else ""


def text_of(body: str) -> str:
    """The text behind the marker, as it was handed to ``marked``."""
    return _BROKEN.sub(r"\1\2/", _MARK.sub("", body, count=1))


def quiet(text: str) -> str:
    """The text with a break, which nobody sees, before every slash that begins a line."""
    return _ACTION.sub(rf"\1\2{BREAK}/", text)


def same(body: str) -> str:
    """A body as forges give it back: they change line ends and drop space at the end."""
    return body.replace("\r\n", "\n").rstrip()
