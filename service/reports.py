"""What a verdict, a batch, a release look like on a pull request: pure functions from rows to markdown.

The only place where judging and forges meet. Everything that a contributor wrote goes through
`webhooks.escape`; numbers are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service import patches
from service.db.tables import Batch, Contribution, Release
from service.lines.exam import NEW
from triage_rules.verdict import things
from webhooks.escape import code, line
from webhooks.report import fit

MARK = {"note": "note", "doubt": "doubt", "fix": "fix", "stop": "stop", "close": "closed"}
BACK = (
    "It is in the base branch already, so it takes no new revision. Back into the mix it comes by a new contribution "
    "of the same author that changes the leaf, or by a maintainer who readmits it."
)

ANNOTATED = 200  # findings, heaviest first: a check is shown beside a diff, and nobody reads more there
LEVEL = {"note": "notice", "doubt": "warning", "fix": "failure", "stop": "failure", "close": "failure"}


def labels(member: Contribution) -> list[str]:
    """The labels of the verdict, and one for the last mile."""
    verdict = list((member.verdict or {}).get("labels", []))
    last_mile = {"merged", "batched", "held-back", "released"}
    return sorted({*verdict, *([member.state] if member.state in last_mile else [])})


def check(member: Contribution) -> dict[str, Any] | None:
    """The check of the head that was judged."""
    verdict = member.verdict
    if verdict is None:
        return None
    if waits(verdict):
        return {
            "head": member.head,
            "status": "in_progress",
            "conclusion": None,
            "title": headline(verdict),
            "summary": verdict["next"],
            "annotations": _annotations(verdict),
        }
    conclusion = {"passed": "success", "needs-human": "neutral"}.get(verdict["verdict"], "failure")
    return {
        "head": member.head,
        "status": "completed",
        "conclusion": conclusion,
        "title": headline(verdict),
        "summary": verdict["next"],
        "annotations": _annotations(verdict),
    }


def _annotations(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "path": f["path"],
            "line": f["line"] or 1,
            "level": LEVEL[f["weight"]],
            "message": f"{f['message']} {f['remedy']}".strip(),
            "title": f["rule"],
            **patches.suggestion(f),
        }
        for f in verdict["findings"][:ANNOTATED]
    ]


def waits(verdict: dict[str, Any]) -> bool:
    """Is this no last word: are documents being fetched, and nothing yet that its author has to mend?"""
    return bool(verdict.get("waits")) and verdict["verdict"] in ("passed", "needs-human")


def headline(verdict: dict[str, Any]) -> str:
    """The verdict in one line."""
    findings = verdict["findings"]
    if waits(verdict):
        return "Still being checked: the cited document is being fetched"
    serious = [f for f in findings if f["weight"] in ("fix", "stop", "close")]
    if verdict["verdict"] == "passed":
        lines = f", {len(findings)} lines to check" if findings else ""
        return f"Worth accepting{lines}"
    if verdict["verdict"] == "changes-requested":
        count = things(len(serious))
        return f"{count[:1].upper()}{count[1:]} to fix before I can measure this"
    if verdict["verdict"] == "rejected":
        return "This can't be taken"
    return "A maintainer needs to decide"


def triage(member: Contribution, since: Sequence[str] = ()) -> str:
    """The triage report; `since` is what `since` gave."""
    verdict = member.verdict or {"verdict": "needs-human", "findings": [], "next": ""}
    parts = [f"### {headline(verdict)}", line(verdict["next"], 300), *since]
    if verdict["findings"]:
        parts.append(_findings(verdict["findings"]))
    if verdict.get("not_checked"):
        parts.append(_not_checked(verdict["not_checked"]))
    if member.merged:
        then = "The next batch takes it in" if member.batch is None else f"It is in batch {member.batch}"
        parts.append(f"Merged as {code(member.merged[:12])}. {then}; you need do nothing.")
    foot = f"Judged {code(member.head[:12])} by rules {code(str(verdict.get('rules_version', '')))}."
    foot += " `upweight rules NAME` explains a rule." if verdict["findings"] else ""
    return fit("\n\n".join(parts), patches.folds(verdict["findings"]), foot)


def since(summary: str, kept: Sequence[str]) -> list[str]:
    """What the newest push changed (counts and rules, nothing of its author's), and whose approvals stay."""
    stays = "" if not kept else f"Only the layout of files changed, so {_approvals(kept)}."
    return [part for part in (summary, stays) if part]


def _approvals(people: Sequence[str]) -> str:
    names = ", ".join(code(name, 60) for name in people[:10])
    return f"the approval of {names} stays" if len(people) == 1 else f"the approvals of {names} stay"


def _findings(findings: list[dict[str, Any]]) -> str:
    rows = ["| | What I found | Next step |", "|---|---|---|"]
    for finding in findings[:40]:
        place = code(_place(finding), table=True)
        message, remedy = line(finding["message"], 300), line(finding["remedy"], 300)
        rows.append(f"| {MARK[finding['weight']]} | {place} {message} [{finding['rule']}] | {remedy} |")
    if len(findings) > 40:
        rows.append(f"| | {len(findings) - 40} more are on the page of this contribution. | |")
    return "\n".join(rows)


def _not_checked(listed: list[dict[str, str]]) -> str:
    """Rules that could not look, by their reason: what they would have found nobody knows."""
    reasons: dict[str, list[str]] = {}
    for each in listed:
        reasons.setdefault(each["why"], []).append(code(each["rule"]))
    told = "; ".join(f"{', '.join(rules)}, because {line(why, 200)}" for why, rules in reasons.items())
    return f"Not checked: {told}."


def _place(finding: dict[str, Any]) -> str:
    """File and line; no line where none was named, as in a file that is not there, and no file for commits."""
    if not finding["path"]:
        return "commits:"
    return f"{finding['path']}:{finding['line']}" if finding["line"] else str(finding["path"])


def conflicted(member: Contribution, paths: tuple[str, ...], why: str) -> str:
    """What can't be merged, and how to mend it."""
    places = "\n".join(f"- {code(path)}" for path in paths[:20])
    text = f"### This no longer fits the base branch\n\n{line(why, 300)}\n\n{places}\n\n"
    return text + "**Author:** rebase onto the base branch and push again.\n"


def told(member: Contribution, what: str, reason: str, since: Sequence[str] = ()) -> str:
    """A person's decision, above the triage report."""
    return f"### {what} by a maintainer\n\n{line(reason, 600)}\n\n{triage(member, since)}"


STEPS = ("generating", "training", "searching", "confirming", "passed", "released")


def batch(batch: Batch) -> str:
    """Where the batch of a contribution stands."""
    state = {"passed": "passed its gate", "inconclusive": "waits for a person", "failed": "was refused",
             "stalled": "stopped on a fault of ours"}  # fmt: skip
    now = state.get(batch.state, f"now {batch.state}")
    rows = ["| Step | State |", "|---|---|"]
    reached = STEPS.index(batch.state) if batch.state in STEPS else len(STEPS)
    for index, name in enumerate(STEPS[:2] + STEPS[4:]):
        mark = "done" if STEPS.index(name) < reached else "now" if name == batch.state else ""
        rows.append(f"| {index + 1}. {name} | {mark} |")
    wait = "" if batch.state in ("inconclusive", "failed", "stalled") else "You need do nothing."
    return "\n\n".join([f"### In batch {batch.id}, {now}", "\n".join(rows), wait]).strip() + "\n"


def held_back(batch: Batch, member: Contribution) -> str:
    """Which leaf fell by how much, how it was found, and how to come back."""
    held = member.held or {}
    runs = len((batch.search or {}).get("steps", []))
    sure = f"{100 * (held.get('posterior') or 0):.0f} %"
    return "\n\n".join([
        f"### Taken out of batch {batch.id}",
        f"With it in the mix, {code(held['leaf'])} changed by {points(held['change'])} points "
        f"(90 % interval {points(held['low'])} to {points(held['high'])}).",
        f"{runs} training runs with and without each contribution of the batch traced this here ({sure} sure). "
        "The contribution stays in the repository and is left out of the model.",
        *again(held),
        BACK,
    ]) + "\n"  # fmt: skip


def again(held: dict[str, Any]) -> list[str]:
    """What came of trying it on a newer release; nothing where that was not done, or could not be."""
    trial = held.get("again") or {}
    decision = trial.get("decision")
    if decision is None:
        return []
    then = (
        "It would pass by now: a maintainer may readmit it." if decision == "passed" else f"It is {decision}."
    )
    moved = trial.get("change")
    leaf = "" if moved is None else (
        f" {code(held['leaf'])} changed by {points(moved)} points ({points(trial['low'])} to {points(trial['high'])})."
    )  # fmt: skip
    return [f"**Tried again on {line(trial['release'], 40)}.** {then}{leaf}"]


def given_up(batch: Batch, member: Contribution, reason: str) -> str:
    """Why the batch ended without a release, and what becomes of this one."""
    if member.state == "held-back":
        fate = "A maintainer holds this contribution back: it stays in the repository and is left out of the model."
        way = BACK
    else:
        fate, way = "This contribution waits for the next batch.", "You need do nothing."
    return "\n\n".join([f"### Batch {batch.id} was given up", line(reason, 600), fate, way]) + "\n"


def superseded(by: Contribution) -> str:
    """That a newer contribution took its place, and in which release."""
    return (
        f"### Contribution {by.number} took its place\n\n"
        f"It is of the same author, changes the same leaves and is in {line(by.release or '', 40)}. "
        "This one stays out of the mix. Nothing is left to do.\n"
    )


def released(release: Release, member: Contribution) -> str:
    """What the contribution moved in this release."""
    manifest = release.manifest
    before = manifest.get("predecessor") or "base"
    rows = [f"| Leaf | {before} | {release.version} | Change (90 % interval) |", "|---|---|---|---|"]
    own = {leaf["path"]: leaf for leaf in manifest["leaves"]}
    for path in (f"{leaf}{part}" for leaf in member.leaves for part in ("", NEW)):
        if leaf := own.get(path):
            change = f"{points(leaf['change'])} ({points(leaf['low'])} to {points(leaf['high'])})"
            change += ", taken out of the mix" if path in manifest.get("withdrawn", ()) else ""
            rows.append(
                f"| {code(path, table=True)} | {leaf['before']:.2f} | {leaf['after']:.2f} | {change} |"
            )
        elif path in member.leaves:
            rows.append(
                f"| {code(path, table=True)} | not measured | not measured | no items under evaluation/ |"
            )
    text = [f"### Your contribution is in {line(manifest['name'], 60)} {release.version}", "\n".join(rows)]
    if manifest.get("override"):
        text.append(f"Released by a maintainer's override: {line(manifest['override']['reason'], 300)}")
    text.append(
        "Share of held-out questions answered right, by multiple choice among each question's own answers; change in "
        "points. Thank you."
    )
    return "\n\n".join(text) + "\n"


def points(value: float | None) -> str:
    """A change as signed points."""
    return "–" if value is None else f"{100 * value:+.0f}"
