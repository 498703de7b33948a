"""Plain text for a terminal: a line a judgement, and each finding with its remedy below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from service.cli.judged import Judged, one_line


def write(judgements: Iterable[Judged], _rules_url: str) -> Iterator[str]:
    """Lines as the judgements come; what was not checked is told of one's own work alone."""
    for judged in judgements:
        verdict = judged.verdict
        name = f"{judged.name}  " if judged.name else ""
        yield _line(f"{name}{verdict.outcome}: {verdict.next}")
        for each in verdict.findings:
            place = ":".join(str(part) for part in (each.path or "commits", each.line, each.column) if part)
            yield _line(f"{place}: {each.weight.name} [{each.rule}] {each.message}", 2)
            if each.remedy:
                yield _line(each.remedy, 6)
        for why, rules in _unlooked(judged).items():
            yield _line(f"not checked: {', '.join(rules)}, because {why}", 2)


def _unlooked(judged: Judged) -> dict[str, list[str]]:
    """Rules that did not look, by the reason."""
    found: dict[str, list[str]] = {}
    for missing in () if judged.name else judged.verdict.not_checked:
        found.setdefault(missing.why, []).append(missing.rule)
    return found


def _line(text: str, indent: int = 0) -> str:
    """One line that no log takes for a command."""
    return " " * indent + re.sub(r"^:", "[U+003A]", one_line(text))
