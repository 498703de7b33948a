"""A turn is one's own among all threads and processes of a home."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from service.placement.turns import turn, turn_if_free

ASK = """
import sys
from pathlib import Path
from service.placement.turns import turn_if_free
with turn_if_free(Path(sys.argv[1]), "tick") as ours:
    print(ours)
"""


def test_a_turn_is_free_again_when_it_ends_and_others_are_free_all_the_time(tmp_path: Path) -> None:
    with turn(tmp_path, "tick"):
        with turn_if_free(tmp_path, "tick") as ours:
            assert not ours
        with turn_if_free(tmp_path, "advance") as ours:
            assert ours
    with turn_if_free(tmp_path, "tick") as ours:
        assert ours


def test_a_turn_that_another_process_has_is_not_free(tmp_path: Path) -> None:
    def ask() -> str:
        command = [sys.executable, "-c", ASK, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with turn(tmp_path, "tick"):
        assert ask() == "False"
    assert ask() == "True"
