"""What a stranger's patterns and commits may cost, before anything is fetched or read."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import settings
from service.facts.documents import Shelf
from service.facts.files import MOST_PATHS, MOST_TRIED, TooLarge, chosen
from triage_rules.contribution import REGULAR
from triage_rules.facts import Cited


def test_patterns_times_files_are_bounded() -> None:
    entries = [(REGULAR, "a", "lamps.md")] * 10 + [(REGULAR, "b", "x")] * 20_000
    assert len(chosen(entries, ("lamps.md",))) == 10
    with pytest.raises(TooLarge, match="too many files for 50 patterns"):
        chosen(entries * 2, tuple(f"{n}*" for n in range(50)))
    assert MOST_TRIED >= 10 * MOST_PATHS, "who cites ten patterns sees no difference"


@pytest.mark.parametrize("commit", ["--upload-pack=touch", "main", "4a" * 19, ""])
def test_nothing_is_fetched_but_by_a_full_hash(commit: str, tmp_path: Path) -> None:
    shelf = Shelf(settings.read({}, home=tmp_path), ("no-such-program",))
    found = shelf.fetch(Cited("https://github.com/harbour/lamps", commit, ("*",)))
    assert (found.state, found.why) == ("refused", "it names no full hash of a commit")


def test_what_a_killed_service_left_of_a_fetch_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "fetching" / "tmp1" / "objects"
    left.mkdir(parents=True)
    (left / "pack").write_bytes(b"x")
    shelf = Shelf(settings.read({}, home=tmp_path), ("true",))
    found = shelf.fetch(Cited("https://github.com/harbour/lamps", "4a" * 20, ("*",)))
    assert (found.state, found.why) == ("later", "fetching it ended before its time")
    assert list((tmp_path / "fetching").iterdir()) == []
