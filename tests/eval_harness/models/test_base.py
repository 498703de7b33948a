"""Bases: found once, named by their weights, and never a pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval_harness.job import Refused
from eval_harness.models import base, cache, roots


def test_what_is_costly_is_made_once_and_appears_whole(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(part: Path) -> None:
        made.append(part)
        assert not (tmp_path / "entry").exists()
        (part / "file").write_text("x")

    for _ in range(2):
        assert cache.folder(tmp_path / "entry", make) == tmp_path / "entry"
    assert len(made) == 1
    assert [path.name for path in (tmp_path / "entry").iterdir()] == ["file"]


def test_a_making_that_fails_leaves_no_entry_and_the_next_one_succeeds(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        (part / "half").write_text("x")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        cache.folder(tmp_path / "entry", fail)
    assert not (tmp_path / "entry").exists()
    cache.folder(tmp_path / "entry", lambda part: (part / "whole").touch())
    assert [path.name for path in (tmp_path / "entry").iterdir()] == ["whole"]


def test_a_lock_that_is_held_is_not_waited_for_unless_asked(tmp_path: Path) -> None:
    with cache.locked(tmp_path / "x") as first:
        assert first
        with cache.locked(tmp_path / "x", wait=False) as second:
            assert not second
    with cache.locked(tmp_path / "x", wait=False) as free:
        assert free


def test_a_pickled_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(Refused, match="pickled weights are never loaded"):
        base.find(str(tmp_path), tmp_path)


def test_a_folder_without_a_model_and_a_name_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"no config\.json"):
        base.find(str(tmp_path), tmp_path)
    for name in ("nothing", "a/b/c", "./x"):
        with pytest.raises(Refused, match="neither smollm2, tiny, a folder, nor a hub name"):
            base.find(name, tmp_path)


def test_a_base_says_its_identity_and_the_hash_of_its_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "upweight-base.json").write_text(json.dumps({"id": "a/b", "licence": "Apache-2.0"}))
    found = base.find(str(tmp_path), tmp_path)
    assert found.about() == {"id": "a/b", "licence": "Apache-2.0", "root": found.root}
    assert found.root == roots.weights_root(tmp_path)


def test_the_root_follows_the_weights_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"one")
    before = roots.weights_root(tmp_path)
    (tmp_path / "README.md").write_text("x")
    assert roots.weights_root(tmp_path) == before
    file.write_bytes(b"two")
    assert roots.weights_root(tmp_path) != before
    file.rename(tmp_path / "other.safetensors")
    with_other_name = roots.weights_root(tmp_path)
    file.write_bytes(b"two")
    file.with_name("other.safetensors").unlink()
    assert roots.weights_root(tmp_path) != with_other_name
    file.unlink()
    with pytest.raises(ValueError, match="holds no safetensors"):
        roots.weights_root(tmp_path)


@pytest.mark.slow
def test_the_tiny_base_answers_what_it_was_made_from(tiny: Any, cache_folder: Path) -> None:
    from eval_harness.models import anchors, scratch

    assert tiny.about()["licence"] == "Apache-2.0"
    known = {fact["question"]: fact["answer"] for fact in scratch.corpus()}
    said = dict(anchors.of(tiny, cache_folder, "float32"))
    right = [said[question].startswith(answer[:20]) for question, answer in known.items()]
    assert sum(right) / len(right) > 0.8
