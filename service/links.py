"""Where a rule's name leads from a pull request: to its page, where the service has an address that others reach.

A report is wanted without addresses and gets them when it is said: an operator may move the service at any time. Where
there is none the names stay as they are, and the command that explains them is named.
"""

from __future__ import annotations

from typing import Any

from triage_rules.rule import all_rules, rule_named


def explained(report: dict[str, Any], pages: str | None) -> dict[str, Any]:
    """The report with each rule's name leading to its page below `pages`; without an address, to the command."""
    comments = {name: linked(text, pages) for name, text in report.get("comments", {}).items()}
    mark = report.get("check")
    if mark:
        remarks = [{**each, "message": _explained(each, pages)} for each in mark["annotations"]]
        mark = {**mark, "annotations": remarks}
    return {**report, "comments": comments, "check": mark}


def linked(text: str, pages: str | None) -> str:
    """A comment with the addresses of the rules that it names as `[rule]`; markdown shows the bare name without."""
    named = [rule.id for rule in all_rules() if f"[{rule.id}]" in text] if pages else []
    return text + "".join(f"\n[{name}]: {pages}{name}" for name in named) + ("\n" if named else "")


def _explained(remark: dict[str, Any], pages: str | None) -> str:
    rule = remark["title"]
    if rule_named(rule) is None:
        return str(remark["message"])
    return f"{remark['message']} Why: {f'{pages}{rule}' if pages else f'upweight rules {rule}'}"
