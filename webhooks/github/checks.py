"""The mark beside a head: one check run, found again, and changed where it is there.

GitHub takes fifty annotations a request and adds them to those that are there; it takes none away. Only where some have
to go is a second run of the same name made, which GitHub shows in the place of the first.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

import msgspec
import structlog

from webhooks.github.part import Part
from webhooks.github.wire import Refused
from webhooks.report import Annotation, Check, Conclusion, Status

NAME = "upweight"
AT_ONCE = 50
TITLE, LONG = 255, 65_000  # characters that GitHub takes
REMEMBERED = 1000

log = structlog.get_logger("github")


class Output(msgspec.Struct):
    """What a check says."""

    title: str | None = None
    summary: str | None = None
    annotations_count: int = 0


class App(msgspec.Struct):
    """Whose check it is."""

    id: int
    client_id: str | None = None


class Run(msgspec.Struct):
    """A check run as GitHub lists it."""

    id: int
    head_sha: str
    status: str
    output: Output
    conclusion: str | None = None
    external_id: str | None = None
    app: App | None = None


class Runs(msgspec.Struct):
    """A list of them."""

    check_runs: list[Run]


class Shown(msgspec.Struct, frozen=True):
    """An annotation as GitHub gives it back; `raw_details` holds what should stand at its lines."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str | None = None
    message: str | None = None
    title: str | None = None
    raw_details: str | None = None


class Marks(Part):
    """Checks."""

    def mark(self, number: int, check: Check) -> None:
        """Set the check of a head, or change it where it is there."""
        head = check.head or self.pull_request(number).head.sha
        run = self._run(head)
        there = Counter(self._annotations(run)) if run else Counter[Shown]()
        wanted = [_annotation(each) for each in check.annotations]
        if there - Counter(wanted):
            run, there = None, Counter()
        missing = list((Counter(wanted) - there).elements())
        try:
            run = self._set(number, head, check, run, missing)
        except Refused as refused:
            if refused.status != 422 or "annotations" not in refused.said:
                raise
            log.warning("a check is shown without its remarks", number=number, why=str(refused))
            run = self._set(
                number, head, check, self._run(head), []
            )  # the verdict shall not hang on one of them
        while len(self.client.checks) >= REMEMBERED:
            self.client.checks.pop(next(iter(self.client.checks)), None)
        self.client.checks[run.id] = check

    def _set(self, number: int, head: str, check: Check, run: Run | None, remarks: Sequence[Shown]) -> Run:
        """Send the check with these remarks, fifty a request; the run that shows it."""
        for part in [remarks[at : at + AT_ONCE] for at in range(0, len(remarks), AT_ONCE)] or [[]]:
            body = _body(number, check, part)
            if run is None:
                run = self.made("POST", "/check-runs", Run, {"name": NAME, "head_sha": head, **body})
            else:
                self.send("PATCH", f"/check-runs/{run.id}", body)
        assert run is not None
        return run

    def shown(self, head: str) -> Check | None:
        """The check of a head as it was set; out of what GitHub shows, where another process set it."""
        run = self._run(head)
        if run is None:
            return None
        known = self.client.checks.get(run.id)
        count = run.output.annotations_count
        if known is not None and (run.external_id or "").endswith(f":{_digest(known)}"):
            same = (known.status, known.conclusion, len(known.annotations))
            if same == (run.status, run.conclusion, count):
                return known
        title, summary = run.output.title or "", run.output.summary or ""
        return Check(
            cast(Status, run.status),
            cast("Conclusion | None", run.conclusion),
            title,
            "" if summary == title else summary,
            tuple(_shown(each) for each in self._annotations(run)),
            run.head_sha,
        )

    def _run(self, head: str) -> Run | None:
        """Our newest run at a head."""
        runs = self.get(f"/commits/{head}/check-runs", Runs, check_name=NAME, filter="latest", per_page=100)
        ours = [run for run in runs.check_runs if run.app is None or self._ours(run.app)]
        return max(ours, key=lambda run: run.id, default=None)

    def _ours(self, app: App) -> bool:
        return self.client.settings.app_id in (str(app.id), app.client_id)

    def _annotations(self, run: Run) -> list[Shown]:
        if not run.output.annotations_count:
            return []
        return self.pages(f"/check-runs/{run.id}/annotations", Shown)


def _body(number: int, check: Check, annotations: Sequence[Shown]) -> dict[str, Any]:
    output = {
        "title": check.title[:TITLE],
        "summary": (check.summary or check.title)[:LONG],  # it may not be empty
        "annotations": [_told(each) for each in annotations],
    }
    body = {"external_id": f"upweight:{number}:{_digest(check)}", "status": check.status, "output": output}
    return {**body, "conclusion": check.conclusion} if check.status == "completed" else body


def _told(shown: Shown) -> dict[str, Any]:
    """An annotation without what it lacks: GitHub takes no null."""
    return {key: value for key, value in msgspec.to_builtins(shown).items() if value is not None}


def _annotation(each: Annotation) -> Shown:
    return Shown(
        each.path,
        max(each.line, 1),
        max(each.line, 1) + max(each.lines, 1) - 1,
        each.level,
        each.message[:LONG] or each.title or "-",
        each.title[:TITLE] or None,
        "\n".join(each.suggestion)[:LONG] if each.suggestion else None,
    )


def _shown(each: Shown) -> Annotation:
    return Annotation(
        each.path,
        each.start_line,
        cast(Any, each.annotation_level),
        each.message or "",
        each.title or "",
        tuple(each.raw_details.split("\n")) if each.raw_details else None,
        each.end_line - each.start_line + 1,
    )


def _digest(check: Check) -> str:
    return hashlib.sha256(msgspec.json.encode(check)).hexdigest()[:16]
