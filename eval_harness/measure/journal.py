"""The journal of an evaluation: what is measured already, so that one that was killed goes on where it was.

`measured.jsonl` grows by a group of items at a time, and each line says of which weights, and measured how, a score
is. Nobody else reads it: until `result.json` is there, nothing counts as measured.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

Score: TypeAlias = (
    "list[float | None] | None"  # [y, p]; p is None without choices; None: nobody could judge it
)

FILE = "measured.jsonl"


class Journal:
    """The scores of these weights under this spec that an earlier try has left, and the place for the next ones."""

    def __init__(self, directory: Path, weights: str, spec: str) -> None:
        self.path = directory / FILE
        self._mark = {"weights": weights, "spec": spec}
        self.known: dict[str, Score] = {}
        for line in self._lines():
            if line.get("weights") == weights and line.get("spec") == spec and line.get("score"):
                self.known[str(line["item"])] = line["score"]

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Every line that is whole: a process that is killed leaves half of its last one."""
        if not self.path.exists():
            return
        for text in self.path.read_text(encoding="utf-8", errors="replace").split("\n"):
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and "item" in line:
                yield line

    def keep(self, scores: Mapping[str, Score]) -> None:
        """Add a group's scores, on the disk before the next group begins."""
        lines = (json.dumps({**self._mark, "item": item, "score": score}) for item, score in scores.items())
        text = "\n".join(
            ["", *lines, ""]
        )  # begins a line of its own, whatever half of a line stands before it
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fdatasync(file.fileno())
