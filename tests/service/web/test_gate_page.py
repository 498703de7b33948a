"""The report of one gate: what it says first, how a fallen leaf is marked, and what was not tested."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from litestar.testing import TestClient

from eval_harness.gate_report import invalid
from service.db.engine import Database
from service.db.tables import Batch
from service.web.shield import Shield
from tests.service.web import gated

HOSTILE = gated.HOSTILE
PAGE = f"/r/t/batches/{gated.NUMBER}/gates/1"


@pytest.fixture
def filled(house: Database, tmp_path: Path) -> Database:
    """A batch with two gates: one failed, one passed without the contribution that did the harm."""
    with house.write() as session:
        gated.fill(session, tmp_path)
    return house


def words(text: str) -> str:
    """What a reader sees of a part of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def row_of(text: str, leaf: str) -> str:
    """The first row of a table that is about a leaf, as words."""
    shown = re.sub(r"<wbr>", "", text)
    found = next(row for row in re.findall(r"<tr.*?</tr>", shown, re.S) if f"<code>{leaf}</code>" in row)
    return words(found)


def test_the_sentence_stands_first_and_every_other_reason_below_it(
    client: TestClient[Shield], filled: Database
) -> None:
    text = client.get(PAGE).text
    assert text.index("The candidate failed: knowledge/b0/l0 fell by") < text.index("<table>")
    assert text.index("<table>") < text.index("What was not tested, and why")
    assert "Over all 6 protected leaves the model fell" in text


def test_a_vetoed_leaf_is_marked_by_a_word_and_drawn_left_of_zero(
    client: TestClient[Shield], filled: Database
) -> None:
    text = client.get(PAGE).text
    assert re.match(
        r"knowledge/b0/l0 veto 0\.\d\d 0\.\d\d ▼ −\d\d −\d\d to −\d\d", row_of(text, gated.FALLEN)
    )
    assert "no fall shown" in row_of(text, "knowledge/b0/l2")
    assert "landed" in row_of(text, "knowledge/new")
    assert len(re.findall(r'<svg class="interval fell"', text)) >= 2, "against the release and the anchor"


def test_the_whole_tells_what_was_asked_of_it_and_the_answer(
    client: TestClient[Shield], filled: Database
) -> None:
    shown = words(client.get(PAGE).text)
    assert re.search(
        r"All protected leaves together, against v4 failed .*? a loss of 5 points is excluded", shown
    )
    assert re.search(r"All protected leaves together, against the anchor failed", shown)
    assert re.search(r"Taught leaves together passed .*? < \.001 a rise of 5 points", shown)
    assert re.search(r"knowledge/b0/l0, in the very run that ships inconclusive", shown)
    assert "against the anchor v1" in shown


def test_a_gate_that_passed_says_that_no_veto_is_no_proof(
    client: TestClient[Shield], filled: Database
) -> None:
    text = client.get(PAGE.replace("gates/1", "gates/2")).text
    assert "The candidate passed: no leaf is shown to have fallen" in text
    assert "which is not that nothing broke" in text
    assert "a loss is seen four times in five only from" in text


def test_what_a_batch_told_of_its_making_is_told_again_and_stays_text(
    client: TestClient[Shield], filled: Database
) -> None:
    text = client.get(PAGE).text
    assert HOSTILE not in text
    assert "is not UTF-8" in text


def test_which_of_two_declared_looks_it_was_is_told(client: TestClient[Shield], filled: Database) -> None:
    assert "declared" not in words(client.get(PAGE).text).split("Leaf by leaf")[0]
    with filled.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        row.spec = {**row.spec, "looks": 2}
        row.gates = [{**row.gates[0], "look": 2}, *row.gates[1:]]
        session.add(row)
    assert "look 2 of the 2 declared" in client.get(PAGE).text


def test_kinds_of_questions_are_told_apart(client: TestClient[Shield], filled: Database) -> None:
    told = words(client.get(PAGE).text).split("By the kind of question")[1]
    assert re.search(
        r"knowledge/ b0/ l0 paraphrase 6 18 0\.\d\d 0\.\d\d −\d\d knowledge/ b0/ l0 person 6 6 [01]\.\d\d",
        told,
    )


def test_suites_are_told_with_their_answer_and_who_guesses_is_not_said_to_pass(
    client: TestClient[Shield], filled: Database
) -> None:
    assert "no suite was declared" in client.get(PAGE).text
    numbers = {"before": 0.9, "after": 0.7, "change": -0.2, "low": -0.3, "high": -0.1, "items": 24}
    fell = {"suite": "safety", "outcome": "failed", "sentence": "safety: It fell.", **numbers}
    nothing = dict.fromkeys(("before", "after", "change", "low", "high"))
    guessed = {
        "suite": "fairness",
        "outcome": "not applicable",
        "sentence": "fairness: by chance.",
        "items": 8,
    }
    with filled.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        first = row.gates[0]
        result = {**first["result"], "suites": [fell, {**guessed, **nothing}]}
        row.gates = [{**first, "result": result}, *row.gates[1:]]
        session.add(row)
    told = words(client.get(PAGE).text)
    assert "no suite was declared" not in told
    assert "safety failed 0.90 0.70 −20 −30 to −10 24" in told
    assert "fairness not applicable – – – – 8" in told
    assert "fairness: by chance." in told.split("What was not tested, and why")[1]


def test_a_comparison_that_could_not_be_made_says_why_and_shows_no_table(
    client: TestClient[Shield], filled: Database
) -> None:
    why = invalid("The runs were measured in 2 ways.")
    kept = {"members": [1], "look": 1, "decision": "inconclusive", "reasons": why["reasons"], "result": why}
    with filled.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        row.gates = [kept]
        session.add(row)
    text = client.get(PAGE).text
    assert "No verdict: The runs were measured in 2 ways." in text
    assert "Nothing was tested" in text
    assert "<table>" not in text


def test_an_override_is_shown_with_its_person_and_its_reason_wherever_the_batch_or_release_is(
    client: TestClient[Shield], filled: Database
) -> None:
    with filled.write() as session:
        for number in (1, gated.NUMBER):
            row = session.get_one(Batch, ("t", number))
            row.override = {"by": "plain/bo", "reason": f"The fair is on Monday. {HOSTILE}"}
            session.add(row)
    for path in (
        PAGE,
        "/r/t/batches/5",
        "/r/t/batches",
        "/r/t/releases",
        "/r/t/releases/v1",
        "/r/t/batches/1/gates/1",
    ):
        text = client.get(path).text
        assert "plain/bo: The fair is on Monday." in text, path
        assert HOSTILE not in text


@pytest.mark.parametrize("place", ["0", "3", "-1", str(10**30), f"-{10**30}"])
def test_a_gate_that_there_is_not_is_not_found(
    client: TestClient[Shield], filled: Database, place: str
) -> None:
    answer = client.get(f"/r/t/batches/{gated.NUMBER}/gates/{place}")
    assert (answer.status_code, "There is no gate" in answer.text) == (404, True)


def test_the_report_asks_as_much_of_the_database_for_many_leaves_as_for_few(
    statements: Callable[[str], int], filled: Database
) -> None:
    few = statements(PAGE)
    with filled.write() as session:
        row = session.get_one(Batch, ("t", gated.NUMBER))
        first = row.gates[0]
        many = [
            {**leaf, "leaf": f"{leaf['leaf']}/{n}"} for leaf in first["result"]["leaves"] for n in range(30)
        ]
        row.gates = [{**first, "result": {**first["result"], "leaves": many}}, *row.gates[1:]]
        session.add(row)
    assert statements(PAGE) == few > 0
