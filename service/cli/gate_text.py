"""A gate's report as a terminal shows it: the same words and numbers as its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.cli.answer import table
from service.web.figures import chance, points, seen, share, size

Told = dict[str, Any]
LEAVES = ("leaf", "outcome", "before", "after", "change", "90 %", "seen: all of it", "whole seeds", "role")
FIGURES = (
    "leaf",
    "p raw",
    "sure",
    "p Holm",
    "sure",
    "seeds",
    "questions",
    "design effect",
    "run sd",
    "pairs",
)
KINDS = ("leaf", "kind", "seeds", "questions", "before", "after", "change")
TESTS = ("what", "answer", "change", "90 %", "p", "asked for")
NO_VETO = (
    "No veto means that no fall was seen, which is not that nothing broke: a few seeds show a collapse, or a loss all "
    "over, and not that a third of a leaf is gone. An interval is one leaf's own: of many leaves some lie beside 0 by "
    "chance, so what is said of a leaf is corrected for how many were looked at."
)


def text(told: Told) -> str:
    """The whole report."""
    members = " ".join(f"#{n}" for n in told["members"]) or "nothing new"
    head = (
        f"{told['repository']} batch {told['batch']}, gate {told['gate']} of {told['of']}: {told['decision']}"
    )
    look = f", look {told['look']} of the {told['looks']} declared" if told["looks"] > 1 else ""
    on = f"on {members}, against {told['against']}, profile {told['profile']}{look}"
    parts = [f"{head}\n{on}", told["sentence"]]
    if word := told["override"]:
        parts.append(f"Passed by override of {word['by']}: {word['reason']}")
    parts += _listed("Every reason", told["reasons"]) if len(told["reasons"]) > 1 else []
    parts.append(table(LEAVES, [_leaf(leaf) for leaf in told["leaves"]], "No leaf was compared."))
    if told["tests"]:
        parts.append(table(TESTS, [_test(one) for one in told["tests"]], ""))
    if told["anchor"]:
        rows = [_leaf(leaf) for leaf in told["anchor"]["leaves"]]
        parts.append(
            f"Against the anchor {told['anchor']['version'] or ''}".strip() + f"\n{table(LEAVES, rows, '')}"
        )
    parts += _listed("Suites", [one["sentence"] for one in told["suites"]])
    parts += _listed("Not tested, and why", told["untested"])
    parts.append(NO_VETO)
    if told["leaves"]:
        parts.append(table(FIGURES, [_figures(leaf) for leaf in told["leaves"]], ""))
    if told["kinds"]:
        parts.append(table(KINDS, [_kind(one) for one in told["kinds"]], ""))
    return "\n\n".join(parts)


def _listed(heading: str, sentences: Sequence[str]) -> list[str]:
    return ["\n".join([heading, *(f"- {one}" for one in sentences)])] if sentences else []


def _leaf(leaf: Told) -> list[object]:
    apart = leaf.get("detectable") or {}
    scores = (share(leaf["before"]), share(leaf["after"]), points(leaf["change"]), _interval(leaf))
    return [
        leaf["leaf"],
        leaf["mark"],
        *scores,
        seen(apart.get("even")),
        seen(apart.get("patchy")),
        leaf["role"],
    ]


def _figures(leaf: Told) -> list[object]:
    p = [(leaf.get(kind) or {}).get(metric) for kind in ("p_raw", "p_holm") for metric in "yp"]
    rests_on = (share(leaf.get("design_effect")), size(leaf.get("run_sd")), leaf.get("pairs"))
    return [leaf["leaf"], *map(chance, p), leaf["clusters"], leaf["items"], *rests_on]


def _kind(one: Told) -> list[object]:
    scores = (share(one["before"]), share(one["after"]), points(one["change"]))
    return [*(one[key] for key in ("leaf", "kind", "clusters", "items")), *scores]


def _test(one: Told) -> list[object]:
    return [one["name"], one["answer"], points(one["change"]), _interval(one), chance(one["p"]), one["asked"]]


def _interval(found: Told) -> str | None:
    return None if found["low"] is None else f"{points(found['low'])} to {points(found['high'])}"
