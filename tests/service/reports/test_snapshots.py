"""What is said in each situation, to the letter; and what a forge makes of it.

`python -m tests.service.reports.situations` writes the snapshots anew.
"""

from __future__ import annotations

import re

import pytest

from service.links import linked
from service.reports import Beside, Reply, composed, triage
from tests.service.reports.situations import DOUBT, FULL, SITUATIONS, SNAPSHOTS, member, verdict
from tests.webhooks.gfm import GITLAB_CODE, QUICK, Page, references
from webhooks.report import BUDGET

OURS = {"h3", "p", "strong", "em", "code", "pre", "ul", "li", "details", "summary",
        "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
PAGES = "https://upweight.example/r/t/rules/"
RULE = re.compile(r"\[([a-z-]+)\]")


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_is_said_is_what_was_reviewed(name: str) -> None:
    assert (SNAPSHOTS / f"{name}.md").read_text() == SITUATIONS[name](), "renew the snapshots, and read them"


def test_there_is_no_snapshot_of_nothing() -> None:
    assert {file.stem for file in SNAPSHOTS.glob("*.md")} == set(SITUATIONS)


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_forge_shows_it_as_it_is_meant(name: str) -> None:
    document = SITUATIONS[name]()
    page = Page(document)
    tags = [tag if isinstance(tag, str) else tag[0] for tag in page.tags]  # type: ignore[index]
    assert set(tags) <= OURS
    assert page.tags.count(("h3", ())) == 1, "one verdict"
    assert page.tags.count(("table", ())) <= 1
    assert page.tags.count(("details", ())) == page.tags.count("details"), (
        "folds are closed, and shut at first"
    )
    assert page.tags.count(("summary", ())) == page.tags.count(("details", ()))
    assert references(Page(RULE.sub(r"\1", document))) == []
    assert not QUICK.search(document)
    assert not QUICK.search(GITLAB_CODE.sub("", document))
    assert "SECRET" not in document, "the title is never said again"
    assert not re.search(r"(?i)\b(fix(es)?|close[sd]?|resolve[sd]?):? +(#|gh-)", " ".join(page.text))
    assert page.text[0].startswith("Still of interest?") or page.tags[0] == ("h3", ()), (
        "the verdict comes first"
    )


@pytest.mark.parametrize("name", SITUATIONS)
def test_it_links_to_our_pages_alone(name: str) -> None:
    tags = Page(linked(SITUATIONS[name](), PAGES)).tags
    links = [dict(tag[1])["href"] for tag in tags if not isinstance(tag, str) and tag[0] == "a"]  # type: ignore[index]
    assert all(str(link).startswith(PAGES) for link in links)
    assert bool(links) == bool(set(RULE.findall(SITUATIONS[name]())) - {"not-judged"}), "and to those it does"


def test_a_report_of_any_size_stays_a_comment_and_loses_its_last_folds_first() -> None:
    long = {**DOUBT, "message": "@ada " * 2000, "remedy": "#1 " * 2000}
    beside = Beside(FULL.since, FULL.asked * 40, {}, FULL.base, [("help" * 9, "Words. " * 90)] * 900)
    text = triage(member(verdict("needs-human", *[long] * 500)), beside)
    assert len(text) <= BUDGET
    assert "Left out, because it would be too long here:" in text
    assert "Commands" in text.partition("Left out")[2]
    assert text.rstrip().endswith("explains a rule.")
    page = Page(RULE.sub(r"\1", text))
    assert references(page) == []
    whole = composed(text, "**Still of interest?**", [Reply("ada", "help", "Words. " * 200)] * 50)
    assert len(linked(whole, PAGES)) < 65_536, "what GitHub takes, with the addresses of our pages"
