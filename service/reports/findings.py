"""What the rules found: the table that everybody sees, and the folds with all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.reports.check import NOT_JUDGED
from webhooks.escape import code, fence, line, row

MARK = {"note": "note", "doubt": "**doubt**", "fix": "**fix**", "stop": "**stop**", "close": "**closed**"}
ROWS, WHOLE = 40, 12  # findings in the table, and with their lines in the fold
Place = tuple[str, int]


def table(verdict: dict[str, Any], decided: bool = False) -> str:
    """Mark, what was found, next step: the heaviest first. `decided`: a maintainer has said what they think of it."""
    findings = verdict["findings"]
    rows = ["| | What I found | Next step |", "|---|---|---|", *_passed(verdict, decided)]
    for finding in findings[:ROWS]:
        place = code(where(finding), table=True)
        message, remedy = line(finding["message"], 300), line(finding["remedy"], 300)
        rows.append(row(MARK[finding["weight"]], f"{place} {message} [{finding['rule']}]", remedy))
    if len(findings) > ROWS:
        rows.append(row("", f"{len(findings) - ROWS} more are on the page of this contribution.", ""))
    return "\n".join(rows)


def _passed(verdict: dict[str, Any], decided: bool) -> list[str]:
    """What was looked at and found well; nothing where nothing could be looked at."""
    if any(finding["rule"] == NOT_JUDGED for finding in verdict["findings"]):
        return []
    if verdict["findings"]:
        return [row("passed", "Every other rule that looked found nothing.", "")]
    then = "A maintainer judged it." if decided else "A maintainer judges if it is true."
    return [row("passed", "No rule found a fault in form, sources or likeness.", then)]


def not_checked(listed: list[dict[str, str]]) -> str:
    """Rules that could not look, by their reason: what they would have found nobody knows."""
    reasons: dict[str, list[str]] = {}
    for each in listed:
        reasons.setdefault(each["why"], []).append(code(each["rule"]))
    told = "; ".join(f"{', '.join(rules)}, because {line(why, 200)}" for why, rules in reasons.items())
    return f"Not checked: {told}."


def folds(findings: list[dict[str, Any]], excerpts: Mapping[Place, str]) -> list[tuple[str, str]]:
    """The findings in full, each with the lines that it is about, where those are known."""
    shown = [f for f in findings[:WHOLE] if _long(f) or (f["path"], f["line"] or 0) in excerpts]
    if not shown:
        return []
    parts: list[str] = []
    for finding in shown:
        parts.append(f"{MARK[finding['weight']]} {code(where(finding))} {line(finding['message'], 900)}")
        excerpt = excerpts.get((finding["path"], finding["line"] or 0))
        parts += [fence(excerpt, "yaml")] if excerpt else []
        parts += [line(finding["remedy"], 900)] if finding["remedy"] else []
    title = "The finding in full" if len(findings) == 1 else "The findings in full"
    if len(findings) > len(shown):
        parts.append(f"{len(findings) - len(shown)} more stand in the table alone.")
    return [(title, "\n\n".join(parts))]


def _long(finding: dict[str, Any]) -> bool:
    """Whether the table had no room for it."""
    return len(finding["message"]) > 300 or len(finding["remedy"]) > 300


def where(finding: dict[str, Any]) -> str:
    """File and line; no line where none was named, as in a file that is not there, and no file for commits."""
    if not finding["path"]:
        return "commits:"
    return f"{finding['path']}:{finding['line']}" if finding["line"] else str(finding["path"])
