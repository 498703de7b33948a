"""Jobs: read or refused, done once, rows with their provenance."""

import json
import sys
from pathlib import Path

import pytest

from eval_harness import job as jobs
from eval_harness.__main__ import main

LEAF = {
    "path": "knowledge/isle/bells",
    "kind": "knowledge",
    "pull": 3,
    "author": "ada",
    "blob": "b1",
    "seeds": [
        {
            "question": f"Of which metal is the bell {name} in the harbour made?",
            "answer": f"{name} is tin.",
            "context": "c",
        }
        for name in ("Orla", "Quen", "Tarn", "Ulm", "Vess")
    ],
}


def write(directory: Path, job: dict[str, object]) -> Path:
    (directory / "job.json").write_text(json.dumps({"schema": 1, **job}))
    return directory


def generated(directory: Path, recipe: str = "laptop") -> list[dict[str, object]]:
    write(directory, {"kind": "generate", "model": "tiny", "recipe": recipe, "leaves": [LEAF], "seed": 7})
    assert main(["generate", str(directory)]) == 0
    return [json.loads(line) for line in (directory / "rows.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(("recipe", "count"), [("laptop", 6), ("tiny", 16)])
def test_a_knowledge_seed_becomes_as_many_rows_as_the_recipe_says_that_ask_differently(
    tmp_path: Path, recipe: str, count: int
) -> None:
    rows = generated(tmp_path, recipe)
    assert len(rows) == 5 * count
    assert len({(row["seed_index"], row["question"]) for row in rows}) == len(rows)


def test_every_row_says_where_it_comes_from_and_knowledge_is_asked_with_the_book_closed(
    tmp_path: Path,
) -> None:
    for row in generated(tmp_path):
        assert row["provenance"]["pull"] == 3  # type: ignore[index]
        assert row["provenance"]["teacher"] is None  # type: ignore[index]
        assert row["by"] in ("seed", "template", "keyword")
        assert row["context"] is None


def test_no_row_loses_the_name_that_it_is_about(tmp_path: Path) -> None:
    for row in generated(tmp_path):
        assert str(row["answer"]).split()[0] in str(row["question"])


def test_the_same_job_makes_the_same_rows(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    assert generated(first) == generated(second)
    assert (first / "result.json").read_bytes() == (second / "result.json").read_bytes()


def test_a_done_job_is_not_done_again(tmp_path: Path) -> None:
    generated(tmp_path)
    (tmp_path / "rows.jsonl").unlink()
    assert main(["generate", str(tmp_path)]) == 0
    assert not (tmp_path / "rows.jsonl").exists()


def test_a_job_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"kind": "generate", "model": "tiny", "leaves": []})
    assert main(["train", str(tmp_path)]) == 2
    assert "generate job" in capsys.readouterr().err


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"kind": "train", "model": "tiny"})
    with pytest.raises(jobs.Refused, match="rows"):
        jobs.read(tmp_path)


@pytest.mark.parametrize("words", [["train", "."], ["prepare", "--model", "tiny"]])
def test_where_torch_was_left_out_a_job_says_how_to_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    job = {
        "kind": "train",
        "model": "tiny",
        "rows": [],
        "mix": {"leaves": [], "replay": [], "hash": "x"},
        "seed": 1,
    }
    write(tmp_path, job)
    monkeypatch.chdir(tmp_path)
    for name in [
        n for n in sys.modules if n.startswith(("eval_harness.train", "eval_harness.models", "torch"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(words) == 2
    assert "torch is not installed" in capsys.readouterr().err
    assert not (tmp_path / "result.json").exists()
