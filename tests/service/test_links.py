"""A rule's name leads to its page from everywhere: to an address where there is one, else to the command."""

from __future__ import annotations

import pytest

from service import links, reports
from service.db.tables import Contribution
from tests.webhooks.test_escape import HOSTILE, kinds, tokens
from webhooks.report import Report

PAGES = "https://upweight.example/r/t/rules/"


def member(rule: str = "too-few-seeds", text: str = "Too few.") -> Contribution:
    finding = {"rule": rule, "weight": "stop", "path": text, "line": 2, "message": text, "remedy": text}
    verdict = {"verdict": "changes-requested", "findings": [finding], "next": text, "labels": []}
    return Contribution(
        repository="t", number=1, topic="x", title=text, author_forge="plain", author_id="ada", state="opened",
        head="1" * 40, verdict=verdict, leaves=[], opened=0.0, updated=0.0,
    )  # fmt: skip


def said(about: Contribution, pages: str | None) -> Report:
    report = {"comments": {"triage": reports.triage(about)}, "labels": [], "check": reports.check(about)}
    return Report.from_json({"number": 1, **links.explained(report, pages)})


def addresses(document: str) -> list[str]:
    inline = [child for token in tokens(document) for child in token.children or ()]
    return [str(child.attrs["href"]) for child in inline if child.type == "link_open"]


def test_with_a_public_address_the_comment_and_the_remark_lead_to_the_page() -> None:
    report = said(member(), PAGES)
    assert addresses(report.comments["triage"]) == [f"{PAGES}too-few-seeds"]
    assert report.check is not None
    assert report.check.annotations[0].message.endswith(f"Why: {PAGES}too-few-seeds")


def test_without_one_they_name_the_command() -> None:
    report = said(member(), None)
    assert addresses(report.comments["triage"]) == []
    assert "[too-few-seeds]" in report.comments["triage"]
    assert "`upweight rules NAME` explains a rule." in report.comments["triage"]
    assert report.check is not None
    assert report.check.annotations[0].message.endswith("Why: upweight rules too-few-seeds")


def test_what_is_no_rule_has_no_page() -> None:
    report = said(member("not-judged"), PAGES)
    assert addresses(report.comments["triage"]) == []
    assert report.check is not None
    assert "Why" not in report.check.annotations[0].message


@pytest.mark.parametrize("text", [*HOSTILE, "[too-few-seeds]: https://evil.example", "[lint][too-few-seeds]"])
def test_nothing_that_a_contributor_wrote_becomes_a_link(text: str) -> None:
    document = said(member(text=text), PAGES).comments["triage"]
    assert set(addresses(document)) <= {f"{PAGES}too-few-seeds"}
    assert "html_inline" not in kinds(tokens(document))


def test_a_report_without_a_check_or_comments_passes_as_it_is() -> None:
    assert links.explained({"labels": ["x"]}, PAGES) == {"labels": ["x"], "comments": {}, "check": None}
