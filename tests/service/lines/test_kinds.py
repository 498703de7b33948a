"""Scores by kind of question, beside a leaf's own."""

from __future__ import annotations

from typing import Any

from service.lines.kinds import by_kind

ITEMS = {
    "a": ("x", "c1", "confirm", "reworded"),
    "b": ("x", "c1", "confirm", "reworded"),
    "c": ("x", "c2", "confirm", "reworded"),
    "d": ("x", "c2", "confirm", "unseen case"),
    "e": ("x", "c3", "search", "unseen case"),
    "f": ("y", "c1", "confirm", "reworded"),
    "g": ("y", "c4", "search", "unseen case"),
    "h": ("x", "c5", "confirm", "unseen case"),
}
KINDS = {name: about[3] for name, about in ITEMS.items()}


def case(*scores: tuple[str, str]) -> dict[str, Any]:
    """Runs by role, each with the items that it gets right; `h` is answered by nobody."""
    items = {k: dict(zip(("leaf", "cluster", "split"), about, strict=False)) for k, about in ITEMS.items()}
    runs = [
        {"role": role, "items": {k: None if k == "h" else [int(k in right), 0.5] for k in ITEMS}}
        for role, right in scores
    ]
    return {"items": items, "scores": runs}


def test_a_kind_is_scored_by_clusters_over_the_runs_of_each_model_on_the_gates_own_items() -> None:
    told = by_kind(
        case(("release", "ae"), ("candidate", "abcd"), ("candidate", "cd"), ("anchor", "abcdefg")), KINDS
    )
    reworded = {"kind": "reworded", "items": 3, "before": 0.25, "after": 0.75}
    assert told == {"x": [reworded, {"kind": "unseen case", "items": 1, "before": 0.0, "after": 1.0}]}


def test_a_leaf_of_one_kind_has_nothing_to_show_apart() -> None:
    assert "y" not in by_kind(case(("release", ""), ("candidate", "f")), KINDS)
