"""The mark beside a revision: a commit status, which holds a state and a line of 255 characters.

What a check says beyond that stands in our note and at its lines. So that a check which is shown already is known
again, the last one of each merge request is kept beside our mirror, with what GitLab showed of it; where the file
lacks, or somebody else set that status, the check is set once more.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from webhooks.gitlab.answers import Status
from webhooks.gitlab.client import Refused
from webhooks.gitlab.part import Part
from webhooks.report import Check, Conclusion
from webhooks.report import Status as Stage

NAME = "upweight"
LIMIT = 255

OPEN: dict[Stage, str] = {"queued": "pending", "in_progress": "running"}
DONE: dict[Conclusion, str] = {
    "success": "success",
    "neutral": "success",
    "failure": "failed",
    "action_required": "failed",
    "timed_out": "failed",
    "cancelled": "canceled",
}
BACK: dict[str, tuple[Stage, Conclusion | None]] = {
    "pending": ("queued", None),
    "running": ("in_progress", None),
    "success": ("completed", "success"),
    "failed": ("completed", "failure"),
    "canceled": ("completed", "cancelled"),
}


class _Kept(msgspec.Struct):
    """A check as it was wanted, and as GitLab showed it then."""

    check: Check
    shown: Status


class Marks(Part):
    """Checks of ``webhooks.forge``."""

    def mark(self, number: int, check: Check) -> None:
        """Set it for its head. Older versions refuse a state that is there already: then it is there."""
        request = self.request(number)
        head = check.head or request.sha or ""
        body = {
            "state": state(check),
            "name": NAME,
            "description": _line(check.title),
            "target_url": request.web_url,
            "ref": f"refs/merge-requests/{number}/head" if request.forked else request.source_branch,
        }
        try:
            shown = self.client.post(f"/statuses/{head}", Status, **body)
        except Refused as no:
            there = self._shown(head) if no.status == 400 and "transition" in str(no) else None
            if there is None:
                raise
            shown = there
        self._keep(number, _Kept(check, shown))

    def check(self, number: int, head: str) -> Check | None:
        """What is shown beside a head; None where nothing of this name is."""
        shown = self._shown(head) if head else None
        if shown is None:
            return None
        kept = self._kept(number)
        if kept is not None and kept.shown == shown and kept.check.head in ("", head):
            return kept.check
        stage, conclusion = BACK.get(shown.status, ("completed", "neutral"))
        return Check(stage, conclusion, shown.description or "", "", (), head)

    def _shown(self, head: str) -> Status | None:
        statuses = self.client.each(f"/repository/commits/{head}/statuses", Status, name=NAME)
        return max((one for one in statuses if one.name == NAME), key=lambda one: one.id, default=None)

    def _file(self, number: int) -> Path:
        mirror = self.where.git
        return mirror.with_name(f"{mirror.name.removesuffix('.git')}.checks") / f"{number}.json"

    def _kept(self, number: int) -> _Kept | None:
        try:
            return msgspec.json.decode(self._file(number).read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):  # never set from here, or by another version
            return None

    def _keep(self, number: int, kept: _Kept) -> None:
        """Only a hint: where the disk refuses it, the mark is set again the next time."""
        file = self._file(number)
        draft = file.with_suffix(f".{os.getpid()}.tmp")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(kept))
            draft.replace(file)


def state(check: Check) -> str:
    """GitLab's word for where a check stands."""
    if check.status == "completed":
        return DONE.get(check.conclusion or "neutral", "failed")
    return OPEN[check.status]


def _line(title: str) -> str:
    """A title as GitLab takes it: one line, clipped."""
    text = " ".join(title.split())
    return text if len(text) <= LIMIT else text[: LIMIT - 1].rstrip() + "…"
