"""How many findings a verdict keeps: a contribution of thousands of leaves still gives a report that a person can read.

What is left out is counted in one more finding, as heavy as the heaviest of it, so that the outcome stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from triage_rules.finding import Finding, Weight, order

MOST_IN_A_FILE = 25  # findings of one rule
MOST_OF_A_RULE = 100  # over all files
ELSEWHERE = "`upweight check FOLDER` tells what is found in one folder."

Counted = tuple[Finding, int]  # a finding, and for how many it stands


def bounded(findings: Iterable[Finding]) -> list[Finding]:
    """The findings without repetition, at most so many of each rule, the heaviest of them first."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in sorted(dict.fromkeys(findings), key=order):  # a set would order what is alike by chance
        by_rule.setdefault(finding.rule, []).append(finding)
    return sorted((each for found in by_rule.values() for each in _of_a_rule(found)), key=order)


def _of_a_rule(found: list[Finding]) -> list[Finding]:
    by_path: dict[str, list[Finding]] = {}
    for finding in found:
        by_path.setdefault(finding.path, []).append(finding)
    kept = [each for group in by_path.values() for each in _in_a_file(group)]
    kept.sort(key=lambda each: -each[0].weight)
    first, rest = kept[:MOST_OF_A_RULE], kept[MOST_OF_A_RULE:]
    said = [finding for finding, _ in first]
    if rest:
        files = len({finding.path for finding, _ in rest})
        where = "in this file" if files == 1 else f"in {files} files, of which this is one"
        more = f"{sum(count for _, count in rest)} more of the same kind {where}."
        heaviest = rest[0][0]
        said.append(_more(heaviest, heaviest.weight, more, f"{heaviest.remedy} {ELSEWHERE}".strip()))
    return said


def _in_a_file(group: list[Finding]) -> list[Counted]:
    kept = [(finding, 1) for finding in group[:MOST_IN_A_FILE]]
    rest = group[MOST_IN_A_FILE:]
    if rest:
        heaviest = max(finding.weight for finding in rest)
        message = f"{len(rest)} more of the same kind in this file."
        kept.append((_more(rest[0], heaviest, message, rest[0].remedy), len(rest)))
    return kept


def _more(one: Finding, weight: Weight, message: str, remedy: str) -> Finding:
    return Finding(one.rule, weight, one.path, None, None, message, remedy)
