"""Kept parts outlive a process where there is a place for them, and stand in nobody's way where there is none."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pygit2
import pytest

from service import kept
from service.git.worktree import read_worktree
from service.kept import KeptFile, KeptInMemory, judged_work
from triage_rules.policy import Policy

LEAF = b"""version: 3
created_by: ada
task_description: Notes.
seed_examples:
  - question: How long?
    answer: Short.
"""


def test_what_was_put_is_there_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "new" / "judged.db"
    with KeptFile(file) as parts:
        assert parts.get("a") is None
        parts.put("a", b"1")
    with KeptFile(file) as parts:
        assert parts.get("a") == b"1"


def test_a_damaged_file_is_as_none_and_made_anew_the_time_after(tmp_path: Path) -> None:
    file = tmp_path / "judged.db"
    file.write_bytes(b"no database, for certain: " * 400)
    with KeptFile(file) as parts:
        assert parts.get("a") is None
        parts.put("a", b"1")
    with KeptFile(file) as parts:
        parts.put("a", b"2")
    with KeptFile(file) as parts:
        assert parts.get("a") == b"2"


def test_a_file_in_use_or_out_of_reach_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "judged.db"
    with KeptFile(file) as parts:
        parts.put("a", b"1")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with KeptFile(file) as parts:
        assert parts.get("a") is None
    other.close()
    with KeptFile(file) as parts:
        assert parts.get("a") == b"1", "whoever had it open keeps what is in it"
    (tmp_path / "none").write_text("a file")
    with KeptFile(tmp_path / "none" / "judged.db") as parts:
        assert parts.get("a") is None
        parts.put("a", b"1")


def test_the_oldest_parts_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 3)
    for number in range(5):
        with KeptFile(tmp_path / "judged.db") as parts:
            parts.put(str(number), b"x")
    with KeptFile(tmp_path / "judged.db") as parts:
        assert [parts.get(str(number)) for number in range(5)] == [None, None, b"x", b"x", b"x"]


def test_memory_forgets_what_was_least_lately_used() -> None:
    parts = KeptInMemory(most=3)
    for key in "abc":
        parts.put(key, b"x")
    parts.get("a")
    parts.put("d", b"x")
    parts.put("d", b"y")
    assert [parts.get(key) for key in "abcd"] == [b"x", None, b"x", b"y"]


def test_a_whole_tree_is_judged_alike_the_second_time_and_after_a_change(tmp_path: Path) -> None:
    pygit2.init_repository(str(tmp_path))
    leaf = tmp_path / "compositional_skills" / "writing" / "notes"
    leaf.mkdir(parents=True)
    (leaf / "qna.yaml").write_bytes(LEAF)
    first = judged_work(read_worktree(tmp_path, "main", True), Policy.default())
    assert (tmp_path / ".git" / "upweight" / "judged.db").exists()
    assert judged_work(read_worktree(tmp_path, "main", True), Policy.default()) == first
    (leaf / "qna.yaml").write_bytes(LEAF + b"  \n")
    again = judged_work(read_worktree(tmp_path, "main", True), Policy.default())
    assert {f.rule for f in again.findings} - {f.rule for f in first.findings} == {"lint"}
