"""Deliveries in any order, a third of them repeats, and kill -9 in between: nothing is lost, nothing is done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lines.storm.aftermath import CALM, aftermath
from tests.lines.storm.weather import Sea, Storm


def through(folder: Path, deliveries: int, contributions: int, kills: int) -> None:
    """Send it all, with that many kills, and look at what is left."""
    sea = Sea(folder, seed=deliveries)
    sea.brew(deliveries, contributions)
    assert len(sea.letters) == deliveries
    storm = Storm(sea, kills)
    storm.rage()
    assert storm.killed == kills
    assert aftermath(storm) == CALM


@pytest.mark.slow
def test_a_thousand_deliveries_and_ten_kills_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    through(tmp_path, 1000, 40, 10)


@pytest.mark.full
def test_ten_thousand_deliveries_and_a_hundred_kills_lose_nothing_and_do_nothing_twice(
    tmp_path: Path,
) -> None:
    through(tmp_path, 10_000, 300, 100)
