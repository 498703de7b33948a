"""Numbers, times, text and small drawings as the pages show them: pure, and safe to put into HTML."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from triage_rules.verdict import things

KEY = re.compile(r"^(\s*(?:- )*)([A-Za-z_][\w-]*)(:)(?=\s|$)")
WORDS = re.compile(r"\s+|[^\s]+")
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TAUGHT = ("contributed", "touched", "both")
SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
TONES = {
    "ok": ("passed", "done", "merged", "approved", "released", "announced", "published", "landed"),
    "warn": (
        "needs-human",
        "changes-requested",
        "inconclusive",
        "held-back",
        "conflicted",
        "stalled",
        "flag",
        "fell",
        "unresolved",
        "stands-still",
    ),
    "bad": ("rejected", "failed", "abandoned", "veto"),
    "live": (
        "generating",
        "training",
        "searching",
        "confirming",
        "running",
        "needs-review",
        "planned",
        "built",
        "goes-on",
    ),
}
ICONS = {
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "live": "circle-dot",
    "": "circle",
}


def shown(value: Any) -> Any:
    """What a template puts out: characters that hide, or turn text about, are written by their number."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", value)


def points(value: float | None) -> str:
    """A change in signed points."""
    if value is None:
        return "–"
    whole = round(100 * value)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def size(value: float | None) -> str:
    """An amount in points, without a sign, to a tenth."""
    return "–" if value is None else f"{100 * value:.1f}"


def share(value: float | None) -> str:
    """A score as a share of 1."""
    return "–" if value is None else f"{value:.2f}"


def chance(value: float | None) -> str:
    """A p-value: three digits, and never a bare zero."""
    return "–" if value is None else "< .001" if value < 0.001 else f"{value:.3f}".lstrip("0")


def seen(value: float | None) -> str:
    """The smallest drop that could be seen, in points; over all of a score none could."""
    return "nothing" if value is not None and value > 1 else size(value)


def belief(value: float | None) -> str:
    """A probability that rests on measurements: never a whole 0 or 1."""
    return "–" if value is None else "> .99" if value > 0.995 else "< .01" if value < 0.005 else share(value)


def since(then: float | None, now: float | None = None) -> str:
    """How long ago, in one unit: `3 days`."""
    if then is None:
        return "–"
    seconds = max(0, (time.time() if now is None else now) - then)
    for size, name in SPANS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "moments"


def waited(then: float, now: float | None = None) -> str:
    """How long somebody has waited: `3 days`, and a length of time for moments too."""
    return said if (said := since(then, now)) != "moments" else "less than a minute"


def lasting(seconds: float) -> str:
    """How long something takes, in one unit: `40 seconds`."""
    return since(0, seconds) if seconds >= SPANS[-1][0] else f"{seconds:.0f} seconds"


def left(run: Any, now: float | None = None) -> str:
    """How long the steps of a run at work will still take at its pace so far; nothing where it can't be told."""
    step, of = run.progress.get("step") or 0, run.progress.get("of") or 0
    if run.state != "running" or run.started is None or not 0 < step < of:
        return ""
    spent = max(0.0, (time.time() if now is None else now) - run.started)
    return f"about {lasting(spent * (of - step) / step)} more"


def by_role(rows: list[Any]) -> list[Any]:
    """Scores by leaf: what was taught first, then what was to be kept, then the guard."""

    def place(row: Any) -> tuple[bool, bool]:
        path = str(row.get("path") or row.get("leaf") or "")
        return row.get("role") not in TAUGHT, path.startswith("guard/")

    return sorted(rows, key=place)


def moment(then: float) -> str:
    """A time for machines and careful readers: UTC, to the minute."""
    return datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%d %H:%M UTC")


def tone(state: str) -> str:
    """Which of the four tones a state has; none where nothing is to be said of it."""
    return next((name for name, states in TONES.items() if state in states), "")


def markdown(text: str) -> Markup:
    """A comment as HTML, its headings below the page's own; raw HTML in it stays text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(shown(text))
    for token, inner in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3"
        if token.type == "th_open" and inner is not None and not inner.content:
            token.tag = "td"  # a head without a word heads nothing
    return Markup(parser.renderer.render(tokens, parser.options, {}).replace("<td></th>", "<td></td>"))


def yaml_line(text: str) -> Markup:
    """A line of YAML with its key marked."""
    text = shown(text)
    found = KEY.match(text)
    if found is None:
        return escape(text)
    return Markup("{}<b>{}</b>{}").format(found[1], found[2], text[found.end(2) :])


def breakable(path: str) -> Markup:
    """A path that may be broken behind its slashes and underscores, and nowhere else."""
    return Markup(re.sub(r"([/_])", r"\1<wbr>", str(escape(shown(path)))))


def ticks(text: str) -> Markup:
    """A sentence whose `quoted` parts are code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(shown(text)))))


def apart(old: str, new: str) -> tuple[Markup, Markup]:
    """Two texts, the words in the middle marked by which they differ."""
    one, other = WORDS.findall(shown(old)), WORDS.findall(shown(new))
    most = min(len(one), len(other))
    start = next((n for n in range(most) if one[n] != other[n]), most)
    end = next((n for n in range(most - start) if one[-1 - n] != other[-1 - n]), most - start)
    marked = []
    for words, mark in ((one, "del"), (other, "ins")):
        parts = [escape("".join(part)) for part in (words[:start], words[start : len(words) - end])]
        middle = Markup("<{0}>{1}</{0}>").format(Markup(mark), parts[1]) if parts[1] else Markup("")
        marked.append(parts[0] + middle + escape("".join(words[len(words) - end :])))
    return marked[0], marked[1]


def spark(values: list[float], width: int = 640, height: int = 120) -> Markup:
    """A line of numbers as SVG: the loss curve."""
    if len(values) < 2:
        return Markup("")
    top, low = max(values), min(values)
    span = (top - low) or 1.0
    step = width / (len(values) - 1)
    dots = " ".join(f"{i * step:.1f},{4 + (top - v) / span * (height - 8):.1f}" for i, v in enumerate(values))
    return Markup(
        f'<svg class="spark" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="Loss from {values[0]:.2f} to {values[-1]:.2f}"><polyline points="{dots}" fill="none"/></svg>'
    )


def moved(before: float | None, after: float, change: float | None) -> Markup:
    """Before and after on a line from 0 to 1; hidden from readers of the row, which says both numbers."""
    x = [8 + 144 * min(max(v, 0.0), 1.0) for v in (after if before is None else before, after)]
    kind = " fell" if change is not None and change < -0.005 else ""
    return Markup(
        f'<svg class="moved{kind}" viewBox="0 0 160 14" width="160" height="14" aria-hidden="true">'
        f'<line class="track" x1="8" x2="152" y1="7" y2="7"/><line x1="{x[0]:.1f}" x2="{x[1]:.1f}" y1="7" y2="7"/>'
        f'<circle class="was" cx="{x[0]:.1f}" cy="7" r="4"/><circle cx="{x[1]:.1f}" cy="7" r="4.5"/></svg>'
    )


def bar(value: float, bound: float | None = None) -> Markup:
    """A share as a bar, with a stroke at the bound that it is held against; the number stands beside it."""
    stroke = "" if bound is None else f'<rect class="bound" x="{160 * bound:.1f}" width="2" height="8"/>'
    return Markup(
        '<svg class="bar" viewBox="0 0 160 8" width="160" height="8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="160" height="8" class="track"/>'
        f'<rect width="{160 * min(max(value, 0.0), 1.0):.1f}" height="8"/>{stroke}</svg>'
    )


FILTERS: dict[str, Any] = {
    "points": points,
    "share": share,
    "size": size,
    "chance": chance,
    "belief": belief,
    "seen": seen,
    "since": since,
    "waited": waited,
    "lasting": lasting,
    "left": left,
    "by_role": by_role,
    "moment": moment,
    "tone": tone,
    "markdown": markdown,
    "yaml_line": yaml_line,
    "breakable": breakable,
    "ticks": ticks,
    "things": things,
    "short": lambda text: str(text)[:12],
    "apart": lambda shift: apart(shift.old, shift.new),
    "capital": lambda text: text[:1].upper() + text[1:],
    "plain": lambda text: str(text).replace("-", " "),
}
FUNCTIONS: dict[str, Any] = {"spark": spark, "moved": moved, "bar": bar, "ICONS": ICONS}
