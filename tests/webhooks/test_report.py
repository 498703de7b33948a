"""Reports: kept as plain dictionaries and read back, comments within what a forge takes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from webhooks.report import BUDGET, Annotation, Check, Report, fit

REPORT = Report(
    7, {"triage": "t"}, ("skill",),
    Check("completed", "failure", "2 things", "s", (Annotation("a", 3, "failure", "m", "r"),), "1" * 40), ("skill",),
)  # fmt: skip


def test_a_report_comes_back_from_the_outbox_as_it_was() -> None:
    kept = json.loads(json.dumps(REPORT.to_json()))
    assert kept["schema"] == 1
    assert Report.from_json(kept) == REPORT
    assert Report.from_json({"number": 7}) == Report(7)


def test_a_short_comment_stands_whole() -> None:
    text = fit("# Head", [("More", "body"), ("Still more", "body 2")], "foot")
    assert text == (
        "# Head\n\n<details><summary>More</summary>\n\nbody\n\n</details>\n\n"
        "<details><summary>Still more</summary>\n\nbody 2\n\n</details>\n\nfoot\n"
    )


def test_too_long_a_comment_drops_the_last_details_first_and_says_which() -> None:
    text = fit("# Head", [("First", "a" * 100), ("Second", "b" * 100), ("Third", "c" * 100)], "foot", 330)
    assert "a" * 100 in text
    assert "b" * 100 not in text
    assert "Left out, because it would be too long here: Second, Third." in text
    assert text.endswith("foot\n")
    assert len(text) <= 330


def test_a_head_that_is_too_long_alone_is_cut_at_its_end_and_the_foot_stays() -> None:
    text = fit("h" * 100_000, [("More", "x" * 10)], "foot")
    assert text.startswith("h" * 1000)
    assert text.endswith("foot\n")
    assert " …" in text
    assert len(text) <= BUDGET


FOLDS = st.lists(st.tuples(st.text("ab", max_size=30), st.text("xy\n", max_size=900)), max_size=6)


@given(st.text("ab \n", max_size=3000), FOLDS)
def test_whatever_there_is_to_say_it_fits(head: str, folds: list[tuple[str, str]]) -> None:
    text = fit(head, folds, "the foot", budget=1000)
    assert len(text) <= 1000
    assert text.endswith("the foot\n")
    assert text.count("<details>") == text.count("</details>")
