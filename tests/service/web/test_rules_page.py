"""Each rule has a page with the values of this repository's policy, and every finding leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from service.db.engine import Database
from service.policy import Policy, PolicyError, from_toml
from service.web.app import ActResult, Services, create_app
from service.web.shield import Shield
from triage_rules.rule import all_rules

POLICY = '[rules.too-few-seeds]\nat_least = 7\n\n[rules.lint]\nweight = "off"\n'


def browser(house: Database, home: Path, text: str) -> Iterator[TestClient[Shield]]:
    services = Services(
        database=house, home=home, act=lambda *_: ActResult(True, ""), policy=lambda _name: from_toml(text)
    )
    with TestClient(create_app(services)) as found:
        yield found


@pytest.fixture
def pages(house: Database, tmp_path: Path) -> Iterator[TestClient[Shield]]:
    """A browser that looks at a repository with a policy of its own."""
    yield from browser(house, tmp_path, POLICY)


def test_the_list_names_every_rule_with_its_weight_here(pages: TestClient[Shield]) -> None:
    text = pages.get("/r/t/rules").text
    for rule in all_rules():
        assert f'href="/r/t/rules/{rule.id}"' in text
    row = text[text.index("/r/t/rules/lint") :]
    assert "off" in row[: row.index("</tr>")]


def test_every_rule_has_a_page_that_says_why_and_how_to_mend_it(pages: TestClient[Shield]) -> None:
    for rule in all_rules():
        answer = pages.get(f"/r/t/rules/{rule.id}")
        assert answer.status_code == 200, rule.id
        for word in ("Why", "Bad", "Good", "Settings", f"upweight rules {rule.id}"):
            assert word in answer.text, rule.id


def test_a_setting_shows_what_holds_here_and_what_would_hold_by_itself(pages: TestClient[Shield]) -> None:
    text = pages.get("/r/t/rules/too-few-seeds").text
    row = text[text.index("<code>at_least</code></th>") :]
    row = row[: row.index("</tr>")]
    assert "<code>7</code>" in row
    assert "set by the policy" in row
    assert "<code>5</code>" in row
    assert "set by the policy" not in pages.get("/r/t/rules/too-long").text


def test_a_policy_that_cannot_be_read_is_said_and_the_default_is_shown(
    house: Database, tmp_path: Path
) -> None:
    for client in browser(house, tmp_path, "[rules.lnt]\n"):
        for path in ("/r/t/rules", "/r/t/rules/lint"):
            text = client.get(path).text
            assert "There is no rule `lnt`." in text.replace("&#39;", "'")
            assert "default" in text
        assert client.get("/r/t/contributions/1").status_code == 200
    with pytest.raises(PolicyError):
        from_toml("[rules.lnt]\n")
    assert Policy().approve.keep_on_layout


def test_the_short_address_leads_to_the_first_repository(pages: TestClient[Shield]) -> None:
    for short, whole in (("/rules", "/r/t/rules"), ("/rules/lint", "/r/t/rules/lint")):
        answer = pages.get(short, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (302, whole)
    for path in ("/rules/no-such", "/r/t/rules/no-such", "/r/nosuch/rules"):
        assert pages.get(path).status_code == 404
        assert "There is no" in pages.get(path).text


def test_a_finding_leads_to_its_rule_and_what_is_no_rule_to_nothing(pages: TestClient[Shield]) -> None:
    text = pages.get("/r/t/contributions/1").text
    assert '<a href="/r/t/rules/too-few-seeds"><code>too-few-seeds</code></a>' in text
    assert "/r/t/rules/unlike-its-source" not in text  # of the fixture's verdict, and no rule of today
