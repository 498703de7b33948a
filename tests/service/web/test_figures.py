"""Numbers, times and text as pages show them."""

from __future__ import annotations

import json

import pytest

from service.db.tables import Event
from service.web import events, figures


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (0.254, "+25"), (-0.688, "−69"), (0.0, "0"), (-0.004, "0")]
)
def test_a_change_is_in_signed_points_and_none_has_no_sign(value: float | None, shown: str) -> None:
    assert figures.points(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "moments"),
        (59, "moments"),
        (60, "1 minute"),
        (7200, "2 hours"),
        (86_400 * 3.9, "3 days"),
        (-5, "moments"),
    ],
)
def test_a_wait_is_said_in_one_unit(seconds: float, shown: str) -> None:
    assert figures.since(1000, 1000 + seconds) == shown


def test_every_state_where_a_batch_ends_has_a_tone() -> None:
    toned = {stage: figures.tone(stage) for stage in ("released", "failed", "abandoned", "stalled")}
    assert toned == {"released": "ok", "failed": "bad", "abandoned": "bad", "stalled": "warn"}


def test_what_is_drawn_or_marked_up_lets_no_markup_of_strangers_in() -> None:
    hostile = "<img src=x onerror=alert(1)>`<b>`"
    for drawn in (
        figures.ticks(hostile), figures.yaml_line(f"key: {hostile}"), figures.yaml_line(hostile),
        figures.breakable(hostile), figures.markdown(hostile),
    ):  # fmt: skip
        assert "<img" not in drawn
        assert "<b>`" not in drawn
    assert figures.yaml_line("- question: <b>") == "- <b>question</b>: &lt;b&gt;"
    assert figures.breakable("a/b_c") == "a/<wbr>b_<wbr>c"
    assert figures.markdown("# One").startswith("<h3>")


def test_drawings_stay_inside_their_frame_whatever_the_numbers() -> None:
    assert 'cx="152.0"' in figures.moved(-3.0, 9.0, 12.0)
    assert 'width="160.0"' in figures.bar(7.0)
    assert figures.spark([1.0]) == ""
    assert "Loss from 2.00 to 2.00" in figures.spark([2.0, 2.0])


def test_an_event_is_told_by_its_kind_and_its_body() -> None:
    body = {"head": "a" * 40, "by": "plain/ada", "rules": ["one", "two"], "low": -0.80423, "note": None}
    event = Event(stream="t", sequence=1, previous="", hash="", kind="x", body=json.dumps(body), at=0)
    assert events.lines(event) == [
        ("head", "a" * 12), ("by", "plain/ada"), ("rules", "one, two"), ("low", "-0.804"),
    ]  # fmt: skip
    assert events.words("contribution.held-back") == "held back"
    assert events.words("batch.blame") == "batch blame"
