"""Every situation in which something is said: `python -m tests.service.reports.situations` writes the snapshots.

The snapshots beside this file are read by people: a change of words is seen where it is reviewed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from service import merge_reports, reports
from service.db.tables import Batch, Contribution, Release

SNAPSHOTS = Path(__file__).parent / "snapshots"
HEAD, TIP, MERGED = "9f31c07a" * 5, "4be19a05" * 5, "77ab3101" * 5
NOON = 1_790_000_000.0

STOP = {
    "rule": "too-few-seeds", "weight": "stop", "path": "knowledge/bells/qna.yaml", "line": 5, "column": 1,
    "message": "2 seeds; at least 5 are needed.", "remedy": "Write three more, each of another kind.",
}  # fmt: skip
FIX = {
    "rule": "lint", "weight": "fix", "path": "knowledge/bells/qna.yaml", "line": 7, "column": 1,
    "message": "A blank at the end of the line.", "remedy": "Take it away.",
    "patch": {"what": "blank", "edits": [{"line": 7, "before": ["  answer: High. "], "after": ["  answer: High."]}]},
}  # fmt: skip
DOUBT = {
    "rule": "near-duplicate", "weight": "doubt", "path": "knowledge/bells/qna.yaml", "line": None, "column": None,
    "message": "Much like knowledge/chimes, which @ada and #12 brought | really.", "remedy": "Say what is new.",
}  # fmt: skip
NOTE = {**DOUBT, "rule": "lint", "weight": "note", "line": 6, "message": "A long line.", "remedy": ""}
OURS = {**DOUBT, "rule": "not-judged", "path": "", "message": "Judging this revision failed by a fault of ours.",
        "remedy": "A maintainer looks at it by hand; the log of the service tells more."}  # fmt: skip
CLOSE = {**DOUBT, "rule": "closed-topic", "weight": "close", "message": "This topic is closed.", "remedy": ""}


def verdict(word: str, *findings: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A verdict as it is kept."""
    return {
        "verdict": word,
        "findings": list(findings),
        "next": "",
        "labels": [],
        "rules_version": "r12",
        **more,
    }


def member(judged: dict[str, Any], **more: Any) -> Contribution:
    """The contribution that all of this is about; its title and topic are never said again."""
    row = {
        "repository": "t", "number": 7, "topic": "SECRET-TOPIC", "title": "SECRET-TITLE", "author_forge": "plain",
        "author_id": "ada", "state": "opened", "head": HEAD, "verdict": judged, "leaves": ["knowledge/bells"],
        "opened": 0.0, "updated": 0.0, **more,
    }  # fmt: skip
    return Contribution(**row)


def batch(state: str, **more: Any) -> Batch:
    """Batch 41, of three."""
    return Batch(repository="t", id=41, state=state, members=[7, 8, 9], created=0.0, updated=0.0, **more)


def release(change: float, **more: Any) -> Release:
    """Version 7; the leaf moved by `change`."""
    leaf = {"path": "knowledge/bells", "before": 0.31, "after": 0.31 + change, "change": change,
            "low": change - 0.05, "high": change + 0.05}  # fmt: skip
    manifest = {"name": "smollm2", "leaves": [leaf], "predecessor": "v6", **more}
    return Release(repository="t", version="v7", sequence=7, batch=41, state="published", directory="/x",
                   manifest=manifest, created=0.0)  # fmt: skip


def answer(version: str, share: float, given: str) -> dict[str, Any]:
    """What one model knew and said."""
    asked = [
        {"question": "How high is the bell of Pell?", "answer": "It is as high as a man.", "given": given}
    ]
    return {"release": version, "state": "done", "known": "partly known", "share": share, "chance": 0.25, "count": 5,
            "answers": asked}  # fmt: skip


ASKED = [
    {"leaf": "knowledge/bells", "models": [answer("v6", 0.2, "/close @ada"), answer("v7", 0.8, "As a man.")]}
]
EXCERPTS = {
    ("knowledge/bells/qna.yaml", 5): "   4  seed_examples:\n   5    - question: How high?\n/close\n```\n@ada"
}
FULL = reports.Beside(
    since=["Since revision 1: 2 seeds added.", "Only the layout of files changed, so the approval of `tom` stays."],
    asked=ASKED, excerpts=EXCERPTS, base=("main", TIP), cost="Asking models took 12 s",
    commands=[("help", "List the commands."), ("recheck", "Judge it again.")],
)  # fmt: skip
FAULTY = verdict("changes-requested", STOP, FIX, DOUBT)
CLEAN = verdict("passed")
HELD = {"batch": 41, "leaf": "knowledge/chimes", "change": -0.32, "low": -0.41, "high": -0.2, "posterior": 0.97,
        "limit": 0.1}  # fmt: skip
TRIED = {**HELD, "again": {"release": "v8", "decision": "passed", "change": 0.01, "low": -0.05, "high": 0.06}}
REPLIES = [
    reports.Reply("tom", "approve", "You approved it."),
    reports.Reply("ada", "/close #1", "`close` needs a reason."),
]
SEARCH = {"steps": [1, 2, 3, 4]}

SITUATIONS: dict[str, Callable[[], str]] = {
    "worth-accepting": lambda: reports.triage(member(CLEAN, state="needs-review")),
    "worth-accepting-with-a-note": lambda: reports.triage(member(verdict("passed", NOTE)), FULL),
    "to-fix": lambda: reports.triage(member(FAULTY, state="changes-requested"), FULL),
    "a-maintainer-decides": lambda: reports.triage(
        member(verdict("needs-human", DOUBT, NOTE), state="needs-human")
    ),
    "cannot-be-taken": lambda: reports.triage(member(verdict("rejected", CLOSE), state="rejected")),
    "document-awaited": lambda: reports.triage(member(verdict("passed", waits=[{"repo": "x"}]))),
    "rules-that-could-not-look": lambda: reports.triage(
        member(verdict("passed", not_checked=[{"rule": "cited", "why": "the host is away"}]))
    ),
    "our-fault": lambda: reports.triage(member(verdict("needs-human", OURS))),
    "approved": lambda: reports.triage(member(CLEAN, state="approved")),
    "approved-though-in-doubt": lambda: reports.triage(
        member(verdict("needs-human", DOUBT), state="merged", merged=MERGED)
    ),
    "merged": lambda: reports.triage(member(CLEAN, state="merged", merged=MERGED)),
    "changes-asked-for": lambda: reports.told(
        member(verdict("passed", NOTE), state="changes-requested"),
        "Asked for changes",
        "Say who @hung it.\n/close",
    ),
    "closed-by-a-maintainer": lambda: reports.told(
        member(CLEAN, state="closed"), "Closed", "It is proposed as #7."
    ),
    "conflicted": lambda: reports.conflicted(
        member(CLEAN), ("knowledge/bells/qna.yaml",), "Both changed answer 3."
    ),
    "reminded-and-answered": lambda: reports.composed(
        reports.triage(member(FAULTY), FULL), reports.reminder(14, NOON), REPLIES
    ),
    "closed-for-silence": lambda: reports.closed_for_silence(60),
    "in-a-batch": lambda: reports.batch(batch("training"), member(CLEAN, merged=MERGED)),
    "batch-searching": lambda: reports.batch(batch("searching"), member(CLEAN, merged=MERGED)),
    "batch-passed": lambda: reports.batch(batch("passed"), member(CLEAN, merged=MERGED)),
    "batch-inconclusive": lambda: reports.batch(batch("inconclusive"), member(CLEAN, merged=MERGED)),
    "batch-stalled": lambda: reports.batch(batch("stalled"), member(CLEAN, merged=MERGED)),
    "batch-given-up": lambda: reports.given_up(
        batch("failed"), member(CLEAN, state="merged"), "It took too long."
    ),
    "could-not-measure": lambda: reports.unmeasured("The machine that trains is away.", NOON),
    "held-back": lambda: reports.held_back(
        batch("passed", search=SEARCH), member(CLEAN, merged=MERGED, held=HELD)
    ),
    "held-back-and-not-merged": lambda: reports.held_back(
        batch("confirming", search=SEARCH), member(CLEAN, held=HELD)
    ),
    "held-back-in-the-first-comment": lambda: reports.triage(
        member(CLEAN, state="held-back", merged=MERGED, batch=41, held=HELD)
    ),
    "sent-back": lambda: merge_reports.sent_back(batch("passed"), member(CLEAN, held=HELD)),
    "sent-back-in-the-first-comment": lambda: reports.triage(
        member(CLEAN, state="changes-requested", held=HELD)
    ),
    "held-back-by-a-maintainer": lambda: reports.given_up(
        batch("abandoned"), member(CLEAN, state="held-back", merged=MERGED), "It contradicts the bells."
    ),
    "held-back-by-a-maintainer-and-not-merged": lambda: reports.given_up(
        batch("abandoned"), member(CLEAN, state="held-back"), "It contradicts the bells."
    ),
    "held-back-tried-again": lambda: reports.held_back(
        batch("passed", search=SEARCH), member(CLEAN, merged=MERGED, held=TRIED)
    ),
    "superseded": lambda: reports.superseded(member(CLEAN, state="released", release="v8")),
    "goes-on-in-another": lambda: reports.composed(
        reports.joined(12), "", REPLIES, ["**Goes on** in contribution 12."]
    ),
    "let-go-by-another": lambda: reports.parted(12),
    "released-in-the-first-comment": lambda: reports.triage(
        member(CLEAN, state="released", merged=MERGED, batch=41, release="v7")
    ),
    "released": lambda: reports.released(release(0.47), member(CLEAN, release="v7")),
    "released-and-fell": lambda: reports.released(release(-0.12), member(CLEAN, release="v7")),
    "released-in-a-later-version": lambda: reports.released(release(0.02), member(CLEAN, release="v6")),
    "released-by-override": lambda: reports.released(
        release(0.1, override={"by": "plain/bo", "reason": "We need it, @all."}), member(CLEAN, release="v7")
    ),
}


def main() -> None:
    """Write every snapshot anew, and take away what is no situation any more."""
    SNAPSHOTS.mkdir(exist_ok=True)
    for file in SNAPSHOTS.glob("*.md"):
        if file.stem not in SITUATIONS:
            file.unlink()
    for name, make in SITUATIONS.items():
        (SNAPSHOTS / f"{name}.md").write_text(make())


if __name__ == "__main__":
    main()
