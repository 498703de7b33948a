"""Changes as drawings: an interval around zero for a row of a table, and how releases moved one after another.

Made on the server, coloured by classes alone. Whatever is drawn stands in numbers beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from service.web.figures import points

WIDTH, HEIGHT = 160, 14  # of a row's interval
LEFT, STEP, TOP, BOTTOM, TALL = 52, 76, 12, 28, 200  # of the course of releases
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
AT_MOST_TICKS = 7
BESIDE = 9  # half of what lies between the two marks of one release

Found = Mapping[str, Any]


def reach(rows: Iterable[Found]) -> float:
    """How far from zero the intervals of one table are drawn: whole steps of ten points."""
    ends = [abs(row[end]) for row in rows for end in ("low", "high") if row.get(end) is not None]
    return min(1.0, max(10, 10 * -(-round(100 * max(ends, default=0.0), 6) // 10)) / 100)


def interval(low: float, change: float, high: float, reach: float) -> Markup:
    """A change with its interval as a bar around zero; hidden from readers of the row, which says the numbers."""

    def at(value: float) -> float:
        return WIDTH / 2 + (WIDTH / 2 - 6) * min(max(value / reach, -1.0), 1.0)

    kind = " fell" if high < 0 else " rose" if low > 0 else ""
    return Markup(
        f'<svg class="interval{kind}" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true"><line class="track" x1="6" x2="{WIDTH - 6}" y1="7" y2="7"/>'
        f'<line class="zero" x1="{WIDTH / 2}" x2="{WIDTH / 2}" y1="0" y2="{HEIGHT}"/>'
        f'<rect x="{at(low):.1f}" width="{at(high) - at(low):.1f}" y="4" height="6" rx="2"/>'
        f'<circle cx="{at(change):.1f}" cy="7" r="3.5"/></svg>'
    )


def course(releases: Sequence[Found]) -> Markup:
    """Each release against the one before (hollow squares) and against the anchor (a line of dots), oldest first.

    A release is `version`, `before` and `anchor`: a change with `low` and `high`, or None. Nothing is drawn of fewer
    than two.
    """
    marks = [one[key] for one in releases for key in ("before", "anchor") if one[key]]
    if len(releases) < 2 or not marks:
        return Markup("")
    lowest = min(0.0, *(mark["low"] for mark in marks))
    highest = max(0.0, *(mark["high"] for mark in marks))
    step = next((t for t in TICKS if (highest - lowest) / t <= AT_MOST_TICKS - 2), TICKS[-1])
    low, high = _floor(lowest, step), -_floor(-highest, step)
    ticks = [low + step * i for i in range(round((high - low) / step) + 1)]
    width = LEFT + STEP * len(releases)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (TALL - TOP - BOTTOM)

    drawn = [_line(tick, y(tick), width) for tick in ticks]
    at = [LEFT + STEP * (i + 0.5) for i in range(len(releases))]
    places = [(x, one) for x, one in zip(at, releases, strict=True)]
    anchored = [(x + BESIDE, y(one["anchor"]["change"])) for x, one in places if one["anchor"]]
    dots = " ".join(f"{x:.1f},{height:.1f}" for x, height in anchored)
    drawn.append(f'<polyline points="{dots}" fill="none"/>' if len(anchored) > 1 else "")
    for x, one in places:
        for key, where in (("before", x - BESIDE), ("anchor", x + BESIDE)):
            if one[key]:
                drawn.append(
                    _mark(key, where, y(one[key]["low"]), y(one[key]["change"]), y(one[key]["high"]))
                )
        drawn.append(f'<text x="{x:.1f}" y="{TALL - 8}" text-anchor="middle">{escape(one["version"])}</text>')
    return Markup(
        f'<svg class="course" viewBox="0 0 {width} {TALL}" width="{width}" height="{TALL}" role="img" '
        f'aria-label="{escape(_said(releases))}">{"".join(drawn)}</svg>'
    )


def _floor(value: float, step: float) -> float:
    """The tick at or under a value."""
    return step * (round(value / step, 6) // 1)


def _line(tick: float, y: float, width: int) -> str:
    kind = "zero" if abs(tick) < 1e-9 else "track"
    return (
        f'<line class="{kind}" x1="{LEFT - 8}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 14}" y="{y + 4:.1f}" text-anchor="end">{points(tick)}</text>'
    )


def _mark(kind: str, x: float, low: float, change: float, high: float) -> str:
    """One mark with its whisker; the two kinds differ in form, not in colour alone."""
    head = (
        f'<rect x="{x - 4:.1f}" y="{change - 4:.1f}" width="8" height="8"/>'
        if kind == "before"
        else f'<circle cx="{x:.1f}" cy="{change:.1f}" r="4.5"/>'
    )
    return f'<g class="{kind}"><line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>{head}</g>'


def _said(releases: Sequence[Found]) -> str:
    """What the drawing shows, for who does not see it; the numbers stand in the table."""
    last = releases[-1]
    against = [(last["before"], "the release before"), (last["anchor"], "the anchor")]
    told = [f"{points(found['change'])} points against {other}" for found, other in against if found]
    ends = f", {last['version']} {' and '.join(told)}" if told else ""
    return f"{len(releases)} releases, {releases[0]['version']} to {last['version']}{ends}. The table has every number."


FUNCTIONS: dict[str, Any] = {"interval": interval, "reach": reach, "course": course}
