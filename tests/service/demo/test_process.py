"""The processes that a play starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.demo.process import StoryEnds, prepare_base


def test_a_base_that_cannot_be_had_ends_the_story_with_its_reason(tmp_path: Path) -> None:
    home, model = tmp_path / "home", tmp_path / "model"
    home.mkdir()
    model.mkdir()
    told: list[str] = []
    with pytest.raises(StoryEnds, match="could not be made ready"):
        prepare_base(str(model), home, told.append, patience=0.2)
    assert set(told) == {"     ... still at the base model"}
