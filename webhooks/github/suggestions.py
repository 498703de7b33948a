"""Changes at lines of a pull request that its author takes over by a button: one review for all that are new.

GitHub takes remarks only at lines that its diff shows, and turns the whole review down for one that is not; so the
diff is asked first, and where that was not enough the remarks go one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from webhooks.escape import line, suggestion
from webhooks.github.client import Via
from webhooks.github.part import Part
from webhooks.github.payload import User
from webhooks.github.wire import Refused
from webhooks.report import Annotation

MARKER = "<!-- upweight: suggestion -->"
MOST = 30  # remarks at one head: who has more to mend reads the comment
HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")


class Remark(msgspec.Struct):
    """A remark at a line; `line` is None where the lines have changed since."""

    id: int
    path: str
    user: User | None = None
    body: str | None = None
    commit_id: str | None = None
    line: int | None = None
    start_line: int | None = None
    in_reply_to_id: int | None = None
    performed_via_github_app: Via | None = None


class File(msgspec.Struct):
    """A file of the diff; `patch` is not told where it is large or no text."""

    filename: str
    patch: str | None = None


class Wanted(msgspec.Struct, frozen=True):
    """A remark that should be there, from its first line to its last."""

    path: str
    first: int
    last: int
    body: str

    def told(self) -> dict[str, Any]:
        """As GitHub wants it."""
        several = {"start_line": self.first, "start_side": "RIGHT"} if self.first < self.last else {}
        return {"path": self.path, "line": self.last, "side": "RIGHT", "body": self.body, **several}


class Remarks(Part):
    """Suggestions."""

    def suggest(self, number: int, head: str, remarks: Sequence[Annotation]) -> int:
        """Show these at this head, and no others of ours; gives how many requests that took.

        Those at lines that have changed stay: GitHub folds them, and people may have answered. A head that is no longer
        the newest gets nothing.
        """
        wanted = list(dict.fromkeys(_wanted(remarks)))[:MOST]
        there = self.pages(f"/pulls/{number}/comments", Remark)
        answered = {each.in_reply_to_id for each in there}
        kept: set[Wanted] = set()
        calls = 0
        for each in self._live(there):
            as_wanted = Wanted(
                each.path, each.start_line or each.line or 0, each.line or 0, _plain(each.body or "")
            )
            if as_wanted in wanted and as_wanted not in kept:
                kept.add(as_wanted)
            elif each.id not in answered:
                self.send("DELETE", f"/pulls/comments/{each.id}")
                calls += 1
        new = [each for each in wanted if each not in kept]
        if not new or self.pull_request(number).head.sha != head:
            return calls
        shown = self._shown(number)
        new = [one for one in new if shown.get(one.path, set()).issuperset(range(one.first, one.last + 1))]
        return calls + self._post(number, head, new)

    def _live(self, there: Sequence[Remark]) -> list[Remark]:
        return [
            each
            for each in there
            if each.line is not None
            and (each.body or "").startswith(MARKER)
            and self.client.mine(each.user, each.performed_via_github_app)
        ]

    def _post(self, number: int, head: str, new: Sequence[Wanted]) -> int:
        """One review, or a remark after the other where GitHub does not take it; a remark it does not take is left."""
        if not new:
            return 0
        remarks = [each.told() for each in new]
        try:
            body = {"commit_id": head, "event": "COMMENT", "body": MARKER, "comments": remarks}
            self.send("POST", f"/pulls/{number}/reviews", body)
            return 1
        except Refused as refused:
            if refused.status != 422:
                raise
        for remark in remarks:
            try:
                self.send("POST", f"/pulls/{number}/comments", {"commit_id": head, **remark})
            except Refused as refused:
                if refused.status != 422:
                    raise
        return 1 + len(remarks)

    def _shown(self, number: int) -> dict[str, set[int]]:
        """The lines of each file, in its new text, that the diff shows."""
        files = self.pages(f"/pulls/{number}/files", File)
        return {file.filename: set(_lines(file.patch or "")) for file in files}


def _lines(patch: str) -> Iterator[int]:
    at = 0
    for text in patch.split("\n"):
        if found := HUNK.match(text):
            at = int(found.group(1))
        elif at and text[:1] in ("+", " "):
            yield at
            at += 1


def _wanted(remarks: Sequence[Annotation]) -> Iterator[Wanted]:
    """What a forge can offer of these: some replaced lines can't be shown to the letter."""
    for each in remarks:
        block = suggestion(each.suggestion) if each.suggestion is not None else None
        if block is not None and each.line > 0 and each.lines > 0:
            body = f"{MARKER}\n{line(each.message)}\n\n{block}"
            yield Wanted(each.path, each.line, each.line + each.lines - 1, body)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip()
