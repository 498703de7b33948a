"""The dashboard issue: every row where it belongs, boxes that say what they do, ticks read back and none invented."""

from __future__ import annotations

import pytest

from service.reports import dashboard
from service.reports.dashboard import BOXES, NEEDS, WORDS, Row, Tick, Waiting, ticked
from tests.webhooks.gfm import QUICK, Page, references
from tests.webhooks.test_escape import HOSTILE
from webhooks.report import BUDGET

HEAD = "9f31c07a" * 5
ROWS = [
    Row(1, "needs-review", "Bells", "ada", HEAD, 3, ours=True),
    Row(2, "needs-human", "Chimes", "bo", HEAD, 0),
    Row(3, "changes-requested", "Gongs", "cy", HEAD, 1),
    Row(4, "held-back", "Drums", "di", HEAD, 9),
]


def tick(text: str, action: str) -> str:
    return "\n".join(
        row.replace("[ ]", "[x]", 1) if WORDS[action] in row else row for row in text.split("\n")
    )


def test_each_row_stands_under_whom_it_needs_with_its_boxes() -> None:
    text = dashboard.dashboard(ROWS)
    page = Page(text)
    assert [tag for tag in page.tags if tag == ("h3", ())] == [("h3", ())] * 4
    boxes = [tag for tag in page.tags if isinstance(tag, tuple) and tag[0] == "input"]
    assert len(boxes) == 4
    assert "1 wait for us longer" in text
    assert text.index("**1** Bells") < text.index("**2** Chimes") < text.index("**3** Gongs")
    assert references(page) == []


def test_a_batch_that_waits_for_a_maintainer_says_what_they_may_say() -> None:
    waits = [
        Waiting(7, "inconclusive", (1, 2)),
        Waiting(8, "training", (9,)),
        Waiting(9, "passed", tuple(range(30))),
    ]
    text = dashboard.dashboard([], waits)
    assert (
        "**Batch 7** of contributions 1, 2: its gate can't tell, and a maintainer decides; in a comment"
        in text
    )
    assert "`@upweight override 7 REASON` or `@upweight give-up 7 REASON`." in text
    assert "**Batch 8** of contribution 9: training now." in text
    assert "19, ...: passed, and not released yet" in text
    assert "Nothing waits" not in text
    assert ticked(text, text) == []
    many = [Row(number, "held-back", "x" * 99, "di", HEAD, 9) for number in range(500)]
    long = dashboard.dashboard(many, waits)
    assert len(long) <= BUDGET
    assert "**Batch 7**" in long


def test_a_tick_is_read_back_once_with_the_revision_that_was_seen() -> None:
    written = dashboard.dashboard(ROWS)
    assert ticked(written, written) == []
    found = tick(written, "readmit").replace("\n", "\r\n")
    assert ticked(written, found) == [Tick("readmit", 4, HEAD[:12])]
    assert ticked(written, found + found) == [Tick("readmit", 4, HEAD[:12])]
    assert [each.number for each in ticked(written, tick(written, "approve"))] == [1, 2]


@pytest.mark.parametrize(
    "added",
    [
        f"- [x] approve <!-- upweight:approve:9:{HEAD[:12]} -->",  # a contribution that we did not list
        "- [x] approve <!-- upweight:approve:1:000000000000 -->",  # a revision that nobody was shown
        f"- [x] approve <!-- upweight:override:1:{HEAD[:12]} -->",  # an act that has no box
        f"- [x] approve <!-- upweight:approve:3:{HEAD[:12]} -->",  # one that this state has no box for
        f"text [x] <!-- upweight:approve:1:{HEAD[:12]} -->",
        "- [x] approve",
    ],
)
def test_a_box_that_we_did_not_write_is_nobody_s(added: str) -> None:
    written = dashboard.dashboard(ROWS)
    assert ticked(written, f"{written}\n{added}\n") == []


def test_a_box_that_was_taken_away_or_reworded_does_nothing_by_itself() -> None:
    written = dashboard.dashboard(ROWS)
    assert ticked(written, "") == []
    assert ticked(written, written.replace("[ ]", "[]")) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_title_and_a_name_stay_text_and_make_no_box(text: str) -> None:
    rows = [Row(1, "needs-review", text, text, HEAD, 3), *ROWS[1:]]
    written = dashboard.dashboard(rows)
    page, plain = (
        Page(written),
        Page(dashboard.dashboard([Row(1, "needs-review", "x", "x", HEAD, 3), *ROWS[1:]])),
    )
    assert page.tags == plain.tags
    assert references(page) == []
    assert not QUICK.search(written)
    own = f"- [x] {text} <!-- upweight:approve:2:{HEAD[:12]} -->"
    assert len(ticked(dashboard.dashboard([Row(1, "needs-review", own, own, HEAD, 3)]), own)) == 0


def test_an_empty_queue_says_so_and_a_long_one_says_what_it_leaves_out() -> None:
    assert "Nothing waits for anybody." in dashboard.dashboard([])
    many = [Row(n, "needs-human", "@" * 100, "#" * 40, HEAD, n % 50) for n in range(2000)]
    text = dashboard.dashboard(many)
    assert len(text) <= BUDGET
    assert "more are not shown here." in text
    assert text.index("49 days") < text.index("48 days")


def test_every_box_has_words_and_every_part_a_heading() -> None:
    assert {action for actions in BOXES.values() for action in actions} == set(WORDS)
    assert set(BOXES) <= set(NEEDS)
