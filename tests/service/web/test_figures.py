"""Numbers, times and text as pages show them."""

from __future__ import annotations

import json
import re

import pytest

from service.db.tables import Event, Run
from service.web import drawings, events, figures


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


def test_who_has_waited_moments_has_waited_less_than_a_minute() -> None:
    assert figures.waited(1000, 1030) == "less than a minute"
    assert figures.waited(1000, 1090) == "1 minute"


def test_what_is_left_of_a_run_is_told_at_its_pace_and_only_while_it_can_be_told() -> None:
    kept = {
        "repository": "t",
        "batch": 1,
        "key": "k",
        "kind": "train",
        "purpose": "candidate",
        "created": 0.0,
    }
    run = Run(**kept, directory="d", state="running", started=100.0, progress={"step": 30, "of": 120})
    assert figures.left(run, 130.0) == "about 1 minute more"
    assert figures.left(run, 110.0) == "about 30 seconds more"
    for other in ({"step": 120, "of": 120}, {"step": 0, "of": 120}, {}, {"step": None, "of": None}):
        run.progress = other
        assert figures.left(run, 130.0) == ""
    run.state, run.progress = "queued", {"step": 3, "of": 9}
    assert figures.left(run, 130.0) == ""


def test_what_was_taught_stands_before_what_was_kept_and_the_guard_last() -> None:
    roles = [
        ("guard/food", "protected"),
        ("b", "protected"),
        ("c", "touched"),
        ("guard/a", "guard"),
        ("a", "both"),
    ]
    rows = [{"leaf": leaf, "role": role} for leaf, role in roles]
    assert [row["leaf"] for row in figures.by_role(rows)] == ["c", "a", "b", "guard/food", "guard/a"]


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


def test_a_change_without_an_end_is_drawn_to_the_edge_and_its_class_says_which_way() -> None:
    fell, unsure = drawings.interval(-9.0, -0.5, -0.1, 0.6), drawings.interval(-0.2, 0.1, 0.4, 0.6)
    assert 'class="interval fell"' in fell
    assert '<rect x="6.0"' in fell
    assert 'class="interval"' in unsure


@pytest.mark.parametrize(
    ("ends", "far"), [([], 0.1), ([(-0.31, 0.02)], 0.4), ([(0.0, 0.3)], 0.3), ([(-2.0, 0)], 1.0)]
)
def test_one_table_draws_all_its_intervals_to_the_same_tens(
    ends: list[tuple[float, float]], far: float
) -> None:
    assert drawings.reach([{"low": low, "high": high} for low, high in ends]) == far


def change(middle: float) -> dict[str, float]:
    return {"change": middle, "low": middle - 0.02, "high": middle + 0.02}


def test_the_course_of_releases_keeps_inside_its_frame_and_lets_no_markup_in() -> None:
    rows = [{"version": f"v{i}<b>", "before": change(0.9 - i), "anchor": change(i / 20)} for i in range(3)]
    drawn = drawings.course(rows)
    assert "<b>" not in drawn
    heights = [float(y) for y in re.findall(r'c?y[12]?="(-?[\d.]+)"', drawn)]
    assert min(heights) >= 0
    assert max(heights) <= drawings.TALL
    assert drawn.count("<circle") == drawn.count('<g class="anchor">') == 3
    assert drawings.course(rows[:1]) == ""
    assert drawings.course([{"version": "v1", "before": None, "anchor": None}] * 2) == ""


def test_a_probability_is_never_a_whole_one_and_a_p_value_never_a_bare_zero() -> None:
    assert [figures.belief(p) for p in (None, 0.0, 0.5, 1.0)] == ["–", "< .01", "0.50", "> .99"]
    assert [figures.chance(p) for p in (None, 0.0, 0.0123, 1.0)] == ["–", "< .001", ".012", "1.000"]
    assert [figures.seen(d) for d in (None, 0.123, 1.2)] == ["–", "12.3", "nothing"]


def test_an_event_is_told_by_its_kind_and_its_body() -> None:
    body = {"head": "a" * 40, "by": "plain/ada", "rules": ["one", "two"], "low": -0.80423, "note": None}
    event = Event(stream="t", sequence=1, previous="", hash="", kind="x", body=json.dumps(body), at=0)
    assert events.lines(event) == [
        ("head", "a" * 12), ("by", "plain/ada"), ("rules", "one, two"), ("low", "-0.804"),
    ]  # fmt: skip
    assert events.words("contribution.held-back") == "held back"
    assert events.words("batch.blame") == "batch blame"
