"""What weights scored when they were measured before, group by group, by everything that a score depends on.

A release is measured again beside each batch, on ever more leaves, of which most have not changed. A training writes
here what it measures and reads nothing; a measuring of weights reads. Deleting it costs time, never a result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from eval_harness.items import Item
from eval_harness.job import write_atomically
from eval_harness.measure.journal import Score
from eval_harness.measure.score import spec_hash
from eval_harness.recipe import Recipe


class Known:
    """Scores of some weights by some recipe, in the cache directory."""

    def __init__(self, cache: Path, weights: str, recipe: Recipe) -> None:
        self.directory, self.weights, self.recipe = cache / "scores", weights, recipe

    def of(self, group: Sequence[Item]) -> dict[str, Score]:
        """The scores of all items of a group, or nothing."""
        try:
            found = msgspec.json.decode(self._path(group).read_bytes(), type=dict[str, list[float | None]])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}
        return dict(found) if set(found) == {item.id for item in group} else {}

    def keep(self, group: Sequence[Item], scores: Mapping[str, Score]) -> None:
        """Write down a group's scores."""
        self.directory.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path(group), msgspec.json.encode({item.id: scores[item.id] for item in group}))

    def _path(self, group: Sequence[Item]) -> Path:
        what = f"{self.weights} {spec_hash(self.recipe, group)}"
        return self.directory / f"{hashlib.sha256(what.encode()).hexdigest()[:40]}.json"
