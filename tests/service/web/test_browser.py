"""A real browser: sign in by the link, approve by the button, and nothing that the policy forbids."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from service.db.engine import Database
from service.db.tables import Batch, Contribution
from service.house import House
from service.serve import act, person_on
from service.settings import Settings
from service.web.app import Services, create_app
from service.web.signin import new_link
from tests.service.web import gated, revised

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FORBIDDEN = ("Content Security Policy", "Refused to", "violates")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium on the path: the pages are not run in a browser"
    ),
]


@pytest.fixture
def address(house: Database, tmp_path: Path) -> Iterator[str]:
    """The pages over a house whose buttons do what they say, on a free port of this machine."""
    home = House(settings=Settings(home=tmp_path), database=house)
    services = Services(house, tmp_path, lambda command, asked, who: act(home, command, asked, who))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(services), log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_a_maintainer_signs_in_by_the_link_and_approves_by_the_button(
    address: str, browser: Any, house: Database, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state = "needs-review"
        session.add(row)
        link = new_link(session, "owner", "admin")
    page = browser.new_page()
    said: list[str] = []
    loaded: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(address + link)
    expect(page.get_by_text("Signed in as owner")).to_be_visible()
    page.get_by_role("link", name="alert(1)").click()
    page.get_by_role("button", name="Approve this revision").click()
    expect(page.locator("#told")).to_contain_text("Approved aaaaaaaaaaaa")
    expect(page.locator("#main .by")).to_contain_text("approved")
    expect(page.get_by_role("button", name="Approve this revision")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.url == f"{address}/r/t/contributions/1", "htmx changed the page where it stands"
    with house.read() as session:
        row = session.get_one(Contribution, ("t", 1))
        person = person_on(House(settings=Settings(home=tmp_path), database=house), "t", "owner").id
        assert (row.state, row.approved_head, row.approved_by) == ("approved", "a" * 40, f"plain/{person}")
    page.goto(f"{address}/r/t/runs/1")
    with page.expect_response(lambda answer: answer.url.endswith("/runs/1/live")) as polled:
        expect(page.locator("#live")).to_contain_text("step 3 of 9")
    assert polled.value.status == 200
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert not [text for text in said if text.startswith("error") or any(f in text for f in FORBIDDEN)]
    assert all(url.startswith(address) for url in loaded), "nothing comes from another host"


def test_the_button_works_without_scripts_too(address: str, browser: Any, house: Database) -> None:
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.state = "needs-review"
        session.add(row)
        link = new_link(session, "owner", "admin")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address + link)
    page.goto(f"{address}/r/t/contributions/1")
    page.get_by_role("button", name="Approve this revision").click()
    page.get_by_role("link", name="Back").click()
    assert page.url == f"{address}/r/t/contributions/1"
    with house.read() as session:
        assert session.get_one(Contribution, ("t", 1)).state == "approved"


def test_a_search_is_followed_as_it_unfolds_and_is_left_alone_while_nothing_happens(
    address: str, browser: Any, house: Database, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    with house.write() as session:
        gated.fill(session, tmp_path, "1")
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.goto(f"{address}/r/t/batches/{gated.NUMBER}/search")
    page.evaluate("document.getElementById('hunt').dataset.kept = 'yes'")
    for _ in range(2):  # it asks on and on
        with page.expect_response(lambda answer: "/search/live" in answer.url) as polled:
            pass
        assert polled.value.status == 204
    expect(page.locator("#hunt[data-kept]")).to_have_count(1)
    with house.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        assert row.search is not None
        row.search = {**row.search, "verdict": "unresolved"}
        row.state = "inconclusive"
        session.add(row)
    expect(page.locator("#hunt")).to_contain_text("It can't be told who made")
    expect(page.locator("#hunt[hx-get]")).to_have_count(0)
    assert not [text for text in said if text.startswith("error") or any(f in text for f in FORBIDDEN)]


def test_revisions_are_compared_and_a_rule_is_read_by_keyboard_alone(
    address: str, browser: Any, house: Database
) -> None:
    from playwright.sync_api import expect

    with house.write() as session:
        revised.fill(session)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.goto(f"{address}/r/t/contributions/1")
    expect(page.locator("#since")).to_contain_text("What changed since revision 3")
    page.get_by_label("From revision").select_option("1")
    page.get_by_label("to revision").select_option("2")
    page.get_by_role("button", name="Compare").press("Enter")
    expect(page.locator("#since ins")).to_have_text(revised.HOSTILE)
    room = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(room) == 0, "nothing runs over the side of a phone"
    page.get_by_role("link", name="too-few-seeds").first.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Too few seeds in a leaf")
    assert page.evaluate(room) == 0
    assert not [text for text in said if text.startswith("error") or any(f in text for f in FORBIDDEN)]
