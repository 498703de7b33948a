"""Findings at their lines: discussions of a merge request, with a change that one click takes over.

They are written as drafts and published together, so that a judgement notifies once however many lines it is about; one
by one only where our token is a person's, who has drafts of their own there.
What is gone is resolved; what a person resolved stays so. A line that the diff does not show can't bear one: GitLab
refuses it, and the note has it anyway.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from webhooks import escape
from webhooks.forge import Busy
from webhooks.gitlab.answers import Anything, Diff, DiffRefs, Discussion, Draft
from webhooks.gitlab.marker import marked, purpose_of, quiet
from webhooks.gitlab.part import Part
from webhooks.report import Annotation

WAIT = 5.0
MOST = 20  # discussions of ours that one judgement opens
_OURS = re.compile(r"line-[0-9a-f]{16}")
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Lines = dict[int, int | None]  # line after the change -> line before it, None where it is new


class Remarks(Part):
    """Suggestions of ``webhooks.forge``."""

    def suggest(self, number: int, head: str, remarks: Sequence[Annotation]) -> int:
        """Show these at this head and no others of ours; gives how many requests that took.

        Where the head is another by now nothing is done: what is said of that one follows. Raises Busy while GitLab
        still works out what a new head changes.
        """
        request = self.request(number)
        refs = request.diff_refs
        if request.sha != head:
            return 0
        if refs is None or refs.head_sha != head:
            raise Busy(f"GitLab has no diff of merge request {number} at {head[:12]} yet", WAIT)
        there = self._there(number)
        if not remarks and not there:
            return 0
        wanted = self._wanted(number, refs, remarks)
        return self._settle(number, there, set(wanted)) + self._open(number, there, wanted)

    def _there(self, number: int) -> dict[str, Discussion]:
        """Our discussions at lines, by what they are about."""
        me, found = self.me(), dict[str, Discussion]()
        for one in self.client.each(f"/merge_requests/{number}/discussions", Discussion):
            first = one.notes[0] if one.notes else None
            if first and first.author.id == me and _OURS.fullmatch(key := purpose_of(first.body)):
                found.setdefault(key, one)
        return found

    def _wanted(self, number: int, refs: DiffRefs, remarks: Sequence[Annotation]) -> dict[str, Anything]:
        """The body of each draft that there should be, by what it is about; at most as many as bearable."""
        shown = {one.new_path: one for one in self.client.each(f"/merge_requests/{number}/diffs", Diff)}
        wanted: dict[str, Anything] = {}
        for remark in remarks:
            diff = shown.get(remark.path)
            lines = lines_of(diff.diff) if diff and not diff.deleted_file else {}
            if diff is None or remark.line not in lines or len(wanted) >= MOST:
                continue
            position: Anything = {
                "position_type": "text",
                "base_sha": refs.base_sha,
                "start_sha": refs.start_sha,
                "head_sha": refs.head_sha,
                "new_path": diff.new_path,
                "old_path": diff.old_path,
                "new_line": remark.line,
            }
            if (old := lines[remark.line]) is not None:
                position["old_line"] = old
            key = about(remark)
            wanted[key] = {"note": marked(key, words(remark)), "position": position}
        return wanted

    def _settle(self, number: int, there: dict[str, Discussion], wanted: set[str]) -> int:
        """Resolve what is gone, take up what came back; but never what a person has resolved."""
        calls, me = 0, self.me()
        for key, one in there.items():
            first = one.notes[0]
            by_us = first.resolved_by is None or first.resolved_by.id == me
            if first.resolvable and first.resolved == (key in wanted) and (by_us or not first.resolved):
                path = f"/merge_requests/{number}/discussions/{one.id}"
                self.client.put(path, Anything, resolved=key not in wanted)
                calls += 1
        return calls

    def _open(self, number: int, there: dict[str, Discussion], wanted: dict[str, Anything]) -> int:
        """Draft what lacks and publish it together; drafts that an earlier try left are used, or thrown away."""
        path, calls, me = f"/merge_requests/{number}/draft_notes", 0, self.me()
        left, theirs = dict[str, Draft](), False
        for draft in self.client.each(path, Draft):
            key = purpose_of(draft.note)
            if draft.author_id != me or not _OURS.fullmatch(key):
                theirs |= draft.author_id == me
                continue
            if key in left or key in there or key not in wanted:
                self.client.delete(f"{path}/{draft.id}")
                calls += 1
            else:
                left[key] = draft
        missing = [key for key in wanted if key not in there]
        for key in missing:
            if key not in left:
                left[key] = self.client.post(path, Draft, **wanted[key])
                calls += 1
        if missing and not theirs:
            self.client.post(f"{path}/bulk_publish", object)
            return calls + 1
        for key in missing:
            self.client.put(f"{path}/{left[key].id}/publish", object)
        return calls + len(missing)


def about(remark: Annotation) -> str:
    """What tells one remark from another, whatever revision it stands at."""
    parts = (remark.path, remark.line, remark.title, remark.message, remark.suggestion, remark.lines)
    return f"line-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def words(remark: Annotation) -> str:
    """A discussion's text; a change in it only where it can stand to the letter, unchanged by our own care."""
    text = escape.line(remark.message, 600)
    if remark.title:
        text = f"**{escape.line(remark.title, 80)}**: {text}"
    if remark.suggestion is None:
        return text
    block = escape.suggestion(remark.suggestion, remark.lines, dialect="gitlab")
    return text if block is None or quiet(block) != block else f"{text}\n\n{block}"


def lines_of(diff: str) -> Lines:
    """The lines of a file that a diff shows as it is afterwards."""
    shown: Lines = {}
    old = new = 0
    for line in diff.split("\n"):
        if found := _HUNK.match(line):
            old, new = int(found.group(1)), int(found.group(2))
        elif line.startswith("+"):
            shown[new] = None
            new += 1
        elif line.startswith("-"):
            old += 1
        elif line.startswith(" "):
            shown[new] = old
            old, new = old + 1, new + 1
    return shown
