"""The culprit search as it unfolds: beliefs by step, nobody named before the bound, and a live part that rests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from litestar.testing import TestClient

from service.db.engine import Database
from service.db.tables import Batch
from service.lines.standstill import SEARCH, STOP
from service.web.shield import Shield
from tests.service.web import gated

PAGE = f"/r/t/batches/{gated.NUMBER}/search"


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def fill(house: Database, home: Path, until: str = "") -> None:
    with house.write() as session:
        gated.fill(session, home, until)


def live_address(text: str) -> str:
    found = re.search(r'id="hunt" hx-get="([^"]+)" hx-trigger="every 3s"', text)
    assert found is not None
    return found[1]


def test_while_it_goes_on_beliefs_are_shown_and_nobody_is_called_a_culprit(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    fill(house, tmp_path, "1")
    text = client.get(PAGE).text
    shown = words(text)
    assert "It is not known yet who made knowledge/b0/l0 fall: 2 extra trainings so far, at most 7." in shown
    assert "culprit" not in words(text.split('id="hunt"')[1].split("How it is told")[0])
    assert re.search(r"#2 Contribution number 2 0\.50 .*?0\.9\d", shown), (
        "its weight, then what is believed of it"
    )
    assert re.search(r"Nobody 0\.25 0\.\d\d", shown), "before any training, and after the first step"
    assert text.count('<rect class="bound"') > 8, "every bar is held against the bound"
    assert re.search(r"run \d+ with #1 #3 #4 running", shown)
    assert "One training takes 1 minute; at most 7 minutes of trainings are left" in shown


def test_each_step_names_its_mix_its_seed_its_score_and_links_its_run(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    fill(house, tmp_path)
    text = client.get(PAGE).text
    steps = re.findall(r'side by side</th><td>([^<]+)</td><td class="n">(\d+)</td>.*?/runs/(\d+)"', text)
    assert [(mix.strip(), seed) for mix, seed, _ in steps][:2] == [("#2", "22"), ("#1 #3", "23")]
    assert client.get(f"/r/t/runs/{steps[0][2]}").text.count("seed 22") == 1


def test_whom_it_traces_the_fall_to_is_named_and_nothing_is_asked_for_any_more(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    fill(house, tmp_path)
    text = client.get(PAGE).text
    assert "is traced to #2, by 4 extra trainings" in words(text)
    assert text.count("culprit, held back") == 1
    assert "&gt; .99" in text, "a probability is never a whole 1"
    assert "hx-trigger" not in text.split('id="hunt"')[1]


def test_the_live_part_is_sent_again_only_when_something_happened(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    fill(house, tmp_path, "1")
    address = live_address(client.get(PAGE).text)
    assert client.get(address).status_code == 204
    with house.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        row.said = {"4": "acquit"}
        session.add(row)
    answer = client.get(address)
    assert answer.status_code == 200
    assert "a maintainer said: acquit" in words(answer.text)
    assert client.get(live_address(answer.text)).status_code == 204


def test_earlier_rounds_stand_below_the_newest_each_with_its_own_leaf(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    fill(house, tmp_path)
    with house.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        first = row.search
        row.search = {
            "leaf": "skills/songs", "suspects": [1, 3, 4], "steps": [], "verdict": "unresolved",
            "posterior": {"1": 0.4, "3": 0.3, "4": 0.2}, "none": 0.1, "extra": 7, "earlier": [first],
        }  # fmt: skip
        session.add(row)
    shown = words(client.get(PAGE).text)
    assert shown.index("Round 2: skills/ songs fell unresolved") < shown.index(
        "Round 1: knowledge/ b0/ l0 fell traced"
    )
    assert "after 7 extra trainings nobody stands out" in shown
    assert "7 of at most 7" in shown
    assert shown.index("How it fell gate 2") < shown.index("How it fell gate 1")


def test_a_search_that_has_not_begun_says_what_it_waits_for(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    fill(house, tmp_path)
    with house.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        row.state, row.search = "searching", {"leaf": gated.FALLEN, "steps": [], "verdict": "go on"}
        session.add(row)
    shown = words(client.get(PAGE).text)
    assert "The empty batch is trained first" in shown
    assert "0 of at most 7" in shown


def test_a_search_that_was_stopped_has_its_page(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    fill(house, tmp_path)
    with house.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        row.said = {"2": "acquit", SEARCH: STOP}
        session.add(row)
    shown = client.get(PAGE)
    assert shown.status_code == 200
    assert "a maintainer said: acquit" in words(shown.text)


def test_a_title_of_a_stranger_stays_text(
    client: TestClient[Shield], house: Database, tmp_path: Path
) -> None:
    fill(house, tmp_path)
    text = client.get(PAGE).text
    assert gated.HOSTILE not in text
    assert "Sea songs, and &lt;script&gt;" in text


@pytest.mark.parametrize(
    "path", ["/r/t/batches/7/search", "/r/t/batches/2/search/live", f"/r/t/batches/{10**30}/search"]
)
def test_where_nobody_was_searched_for_there_is_no_page(
    client: TestClient[Shield], house: Database, path: str
) -> None:
    with house.write() as session:
        session.add(Batch(repository="t", id=2, state="passed", created=0, updated=0))
    answer = client.get(path)
    assert (answer.status_code, "There is no search" in answer.text or "nothing of this" in answer.text) == (
        404,
        True,
    )
