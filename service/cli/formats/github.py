"""Commands for the log of a GitHub workflow, which shows them as annotations beside the lines.

It shows ten errors, ten warnings and ten notices of a step: the heaviest come first. What a contributor wrote can't end
a command or begin another: it is in one line, and escaped as the runner unescapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.cli.judged import Judged, anchor, one_line, sentence
from triage_rules.finding import Weight

LEVELS = {
    Weight.note: "notice", Weight.doubt: "warning", Weight.fix: "error", Weight.stop: "error", Weight.close: "error",
}  # fmt: skip


def write(judgements: Iterable[Judged], _rules_url: str) -> Iterator[str]:
    """A command for each verdict, for each finding, and one for all that was not checked."""
    for judged in judgements:
        verdict = judged.verdict
        yield _command("notice", {"title": f"Upweight{judged.about}: {verdict.outcome}"}, verdict.next)
        for finding in verdict.findings:
            place = anchor(judged, finding)
            told: dict[str, str] = {"file": place.path, "line": str(place.line)} if place.path else {}
            told |= {"col": str(place.column)} if finding.path and finding.column else {}
            title = {"title": f"{finding.rule} ({finding.weight.name}){judged.about}"}
            yield _command(LEVELS[finding.weight], told | title, sentence(finding))
        if verdict.not_checked:
            missing = "; ".join(f"{each.rule}, because {each.why}" for each in verdict.not_checked)
            yield _command("notice", {"title": f"Upweight{judged.about}: not checked"}, missing)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{_data(message)}"


def _data(text: str) -> str:
    """One line, with the sign of escaping itself escaped."""
    return one_line(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
