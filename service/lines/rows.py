"""What of the former release's rows still holds beside new ones: pure, from rows to rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Row = dict[str, Any]


def still(former: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """The former rows, without those of a seed that a new seed of the same leaf asks again: it was mended.

    So a leaf that somebody extends keeps its older seeds, and a seed whose answer was corrected teaches one answer.
    """
    asked = {(row["leaf"], row["question"].casefold()) for row in new if row["by"] == "seed"}
    rows = list(former)
    mended = {
        _seed(row)
        for row in rows
        if row["by"] == "seed" and (row["leaf"], row["question"].casefold()) in asked
    }
    return [row for row in rows if _seed(row) not in mended]


def withdrawn(spec: Mapping[str, Any], mix: Iterable[int]) -> set[str]:
    """The released leaves that these contributions take out of a batch's mix; `spec` is what the batch declared."""
    by_member = spec.get("withdrawn", {})
    return {leaf for number in mix for leaf in by_member.get(str(number), ())}


def _seed(row: Row) -> tuple[str, int | None, int]:
    return (row["leaf"], row["provenance"]["pull"], row["seed_index"])
