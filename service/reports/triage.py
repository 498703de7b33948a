"""The triage report: the verdict, what was found, what its author does next; a person's word above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service import patches
from service.db.tables import Contribution
from service.reports import answered, findings
from service.reports.check import LAST_MILE, headline, ours, waits
from triage_rules.verdict import things
from webhooks.escape import code, line
from webhooks.report import fit


@dataclass(frozen=True)
class Beside:
    """What a report tells beside the verdict; each may lack.

    `since` is what `since` gave; `asked` what models answered (`service.lines.precheck.told`); `excerpts` the lines
    around a finding, by path and line; `base` a branch and its tip; `commands` their names and help; `cost` a phrase.
    """

    since: Sequence[str] = ()
    asked: Sequence[dict[str, Any]] = ()
    excerpts: Mapping[tuple[str, int], str] = field(default_factory=dict)
    base: tuple[str, str] | None = None
    commands: Sequence[tuple[str, str]] = ()
    cost: str = ""


NOTHING = Beside()
APPROVED = {"approved", *LAST_MILE}
UNJUDGED = {"verdict": "needs-human", "findings": [], "next": ""}


def triage(member: Contribution, beside: Beside = NOTHING) -> str:
    """The report of the newest revision; after the merge it says so, and what happens next."""
    verdict = member.verdict or UNJUDGED
    head = [
        f"### {line(became(member, verdict), 80) or _headed(verdict)}",
        answered.scores(beside.asked, member.head),
        *_found(verdict, member.state in APPROVED),
        f"**Author:** {_next(member, verdict)}",
    ]
    return fit(_joined(head), _folds(verdict, beside), _foot(member, verdict, beside))


def told(member: Contribution, what: str, reason: str, beside: Beside = NOTHING) -> str:
    """A person's decision, above what the rules found."""
    verdict = member.verdict or UNJUDGED
    then = {
        "changes-requested": "mend this and push again; I look again by myself.",
        "closed": "nothing more to do here; pushed again, it opens anew.",
    }.get(member.state, "nothing more to do here.")
    head = [f"### {what} by a maintainer", line(reason, 600), *_found(verdict, True), f"**Author:** {then}"]
    return fit(_joined(head), _folds(verdict, beside), _foot(member, verdict, beside))


def conflicted(member: Contribution, paths: tuple[str, ...], why: str) -> str:
    """What can't be merged, and how to mend it."""
    places = "\n".join(f"- {code(path)}" for path in paths[:20])
    more = f"{len(paths) - 20} more paths are in the way." if len(paths) > 20 else ""
    head = ["### This no longer fits the base branch", line(why, 300), places, more]
    author = "**Author:** rebase onto the base branch and push again; it is approved anew then."
    return fit(_joined([*head, author]), (), f"{code(member.head[:12])} was to be merged.")


def since(summary: str, kept: Sequence[str]) -> list[str]:
    """What the newest push changed (counts and rules, nothing of its author's), and whose approvals stay."""
    stays = "" if not kept else f"Only the layout of files changed, so {_approvals(kept)}."
    return [part for part in (summary, stays) if part]


def _approvals(people: Sequence[str]) -> str:
    names = ", ".join(code(name, 60) for name in people[:10])
    return f"the approval of {names} stays" if len(people) == 1 else f"the approvals of {names} stay"


def became(member: Contribution, verdict: dict[str, Any]) -> str:
    """What became of it since it was judged, where that is more than the verdict; else empty. No Markdown."""
    if member.state == "released" and member.release is not None:
        return f"Released in {member.release}"
    if member.state == "changes-requested" and verdict["verdict"] != "changes-requested":
        return "Changes are asked for"
    if member.state == "held-back":
        return "Held back for now"
    return "Approved by a maintainer" if member.state in APPROVED and verdict["verdict"] != "passed" else ""


def _headed(verdict: dict[str, Any]) -> str:
    """The headline, and for whoever decides what it is about."""
    doubts = [f for f in verdict["findings"] if f["weight"] == "doubt"]
    if verdict["verdict"] != "needs-human" or waits(verdict) or ours(verdict) or not doubts:
        return headline(verdict)
    more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
    return f"{headline(verdict)}: {line(doubts[0]['message'], 120)}{more}"


def _found(verdict: dict[str, Any], decided: bool) -> list[str]:
    missing = verdict.get("not_checked")
    return [findings.table(verdict, decided), findings.not_checked(missing) if missing else ""]


def _next(member: Contribution, verdict: dict[str, Any]) -> str:
    """Who must do what, for the author: one sentence."""
    if member.state == "held-back":
        return "it is left out of the model for now; another comment here says why, and how it comes back."
    if member.merged:
        return f"you need do nothing: merged as {code(member.merged[:12])}, and {_since_merged(member)}."
    if waits(verdict):
        return "nothing to do yet; I look again as soon as the document is there."
    if member.state == "approved":
        return "you need do nothing: it is approved, and goes on by itself."
    if verdict["verdict"] == "changes-requested":
        serious = sum(f["weight"] in ("fix", "stop", "close") for f in verdict["findings"])
        return f"mend {things(serious)} and push again; I look again by myself."
    if member.state == "changes-requested":
        return "another comment here says what is asked for; push again, and I look again by myself."
    if verdict["verdict"] == "rejected":
        return "nothing more to do here; who thinks that this is wrong tells a maintainer."
    if ours(verdict):
        return "nothing to do: the fault is ours, and a maintainer looks at it."
    look = "look at the lines above; " if verdict["findings"] and verdict["verdict"] == "passed" else ""
    return f"{look}nothing that you must do, a maintainer decides."


def _since_merged(member: Contribution) -> str:
    if member.release is not None:
        return f"released in {line(member.release, 40)}"
    return "the next batch takes it in" if member.batch is None else f"it is in batch {member.batch}"


def _folds(verdict: dict[str, Any], beside: Beside) -> list[tuple[str, str]]:
    """The details, the most wanted first: where there is no room, the last are left out first."""
    listed = verdict["findings"]
    changed = [("What changed", "\n\n".join(beside.since))] if beside.since else []
    known = "\n".join(f"- {code(f'@upweight {name}')} {line(help_, 160)}" for name, help_ in beside.commands)
    commands = [("Commands", f"In a comment, at the start of a line:\n\n{known}")] if known else []
    return [
        *findings.folds(listed, beside.excerpts),
        *patches.folds(listed),
        *answered.folds(beside.asked),
        *changed,
        *commands,
    ]


def _foot(member: Contribution, verdict: dict[str, Any], beside: Beside) -> str:
    onto = f" onto {code(beside.base[0], 60)} at {code(beside.base[1][:12])}" if beside.base else ""
    cost = f" {line(beside.cost)}." if beside.cost else ""
    rules = str(verdict.get("rules_version", ""))
    foot = f"Judged {code(member.head[:12])}{onto} by rules {code(rules)}.{cost}"
    return foot + (" `upweight rules NAME` explains a rule." if verdict["findings"] else "")


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part)
