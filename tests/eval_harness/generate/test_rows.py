"""Rows on the story's own leaves: repeatable, none an exam question, each with where it comes from."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval_harness.__main__ import main
from eval_harness.contamination import Exam
from eval_harness.generate.forms import FORMS
from eval_harness.generate.keywords import keywords, words
from eval_harness.items import items_of
from eval_harness.job import Leaf, Seed
from service.demo import story as stories
from triage_rules.taxonomy import read_leaf

KEYS = {"form", "teacher", "pull", "author", "blob"}


@functools.cache
def leaves() -> dict[str, dict[str, Any]]:
    """The leaves of the story's two batches, as a generate job holds them."""
    told = stories.load()
    found: dict[str, dict[str, Any]] = {}
    for number, it in enumerate(told.contribution, 1):
        for path, data in told.files(it, len(it.commits) - 1).items():
            leaf = read_leaf(path, data)[0] if it.batch and path.endswith("qna.yaml") else None
            if leaf is not None:
                seeds = [
                    {"question": s.question, "answer": s.answer, "context": s.context} for s in leaf.seeds
                ]
                origin = {"pull": number, "author": it.author, "blob": f"blob-{number}"}
                found[leaf.path] = {"path": leaf.path, "kind": leaf.kind, "seeds": seeds, **origin}
    return found


NAMES = sorted(leaves())


def generated(folder: Path, recipe: str = "laptop") -> list[dict[str, Any]]:
    """The rows of all leaves, made by a generate job."""
    folder.mkdir()
    job = {
        "schema": 1,
        "kind": "generate",
        "model": "smollm2",
        "recipe": recipe,
        "leaves": [*leaves().values()],
    }
    (folder / "job.json").write_text(json.dumps(job))
    assert main(["generate", str(folder)]) == 0
    return [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]


def test_the_same_leaves_make_the_same_bytes(tmp_path: Path) -> None:
    assert len(generated(tmp_path / "one")) > 500
    generated(tmp_path / "again")
    for name in ("rows.jsonl", "result.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize("recipe", ["laptop", "tiny"])
def test_no_row_asks_what_an_item_asks_but_for_the_culprits(tmp_path: Path, recipe: str) -> None:
    """The culprit speaks of its neighbour's things, and is held out there."""
    told = stories.load()
    items = []
    for file in sorted((told.taxonomy / "evaluation").rglob("items.yaml")):
        leaf = file.parent.relative_to(told.taxonomy / "evaluation").as_posix()
        items += items_of(leaf, yaml.safe_load(file.read_bytes()))
    for file in sorted(told.guard.glob("*.yaml")):
        items += items_of(f"guard/{file.stem}", yaml.safe_load(file.read_bytes()), guard=True)
    assert len(items) > 300
    exam = Exam(items)
    near = [(row["leaf"], row["question"]) for row in generated(tmp_path / "rows", recipe) if exam.why(row)]
    culprits = {
        leaf
        for c in told.culprit
        for it in told.contribution
        if it.topic == c.topic
        for leaf in told.leaves(it)
    }
    assert [found for found in near if found[0] not in culprits] == []
    assert len(near) <= 2


@pytest.mark.parametrize("recipe", ["laptop", "tiny"])
def test_every_row_says_from_which_seed_form_and_contribution_it_comes(tmp_path: Path, recipe: str) -> None:
    forms = {form.name: form.by for family in FORMS.values() for form in family}
    rows = generated(tmp_path / "rows", recipe)
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        leaf = leaves()[row["leaf"]]
        seed = leaf["seeds"][row["seed_index"]]
        told = row["provenance"]
        assert set(told) == KEYS
        assert (told["pull"], told["author"], told["blob"]) == (leaf["pull"], leaf["author"], leaf["blob"])
        assert forms[told["form"]] == row["by"]
        assert told["teacher"] is None
        assert row["answer"] == seed["answer"].strip()
        assert row["kind"] == leaf["kind"]


def test_the_result_counts_every_leafs_rows(tmp_path: Path) -> None:
    rows = generated(tmp_path / "rows")
    counts = json.loads((tmp_path / "rows" / "result.json").read_text())["counts"]
    assert counts == {name: sum(row["leaf"] == name for row in rows) for name in NAMES}
    assert min(counts.values()) > 0


def test_a_leafs_rows_do_not_depend_on_which_others_are_there(tmp_path: Path) -> None:
    from eval_harness.generate.rows import of
    from eval_harness.recipe import load

    rows = generated(tmp_path / "rows")
    for name in NAMES:
        told = leaves()[name]
        seeds = tuple(Seed(**seed) for seed in told["seeds"])
        origin = {key: told[key] for key in ("pull", "author", "blob")}
        alone = of(Leaf(name, told["kind"], seeds, **origin), load("laptop", "smollm2").generate, 7)
        assert alone == [row for row in rows if row["leaf"] == name]


def test_scattered_rows_keep_a_part_of_a_seeds_words_and_each_word_is_at_times_alone(tmp_path: Path) -> None:
    """A word that is never left out can't be told from the ones beside it."""
    alone: dict[str, set[str]] = {}
    for row in generated(tmp_path / "rows", "tiny"):
        if row["by"] != "keyword":
            continue
        question = leaves()[row["leaf"]]["seeds"][row["seed_index"]]["question"]
        kept = [word for word in keywords(question) if word in words(row["question"])]
        assert kept, row["question"]
        alone.setdefault(question, set()).update(
            kept if len(kept) <= 0.5 * len(keywords(question)) + 0.5 else ()
        )
    shares = [len(found) / len(set(keywords(question))) for question, found in alone.items()]
    assert sum(shares) / len(shares) > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_the_first_row_of_a_seed_is_the_seed_as_written(tmp_path: Path, name: str) -> None:
    rows = [row for row in generated(tmp_path / "rows") if row["leaf"] == name]
    for index, seed in enumerate(leaves()[name]["seeds"]):
        first = next(row for row in rows if row["seed_index"] == index)
        assert first["question"] == " ".join(seed["question"].split())
        assert (first["by"], first["context"] is not None) == ("seed", leaves()[name]["kind"] == "grounded")


def test_a_teacher_is_refused_and_so_is_a_leaf_without_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = {"path": "knowledge/isle/none", "kind": "knowledge", "seeds": []}
    for changes, why in (({"teacher": {"url": "http://x"}}, "teacher"), ({"leaves": [empty]}, "no seeds")):
        job = {"schema": 1, "kind": "generate", "model": "tiny", "leaves": [*leaves().values()], **changes}
        (tmp_path / "job.json").write_text(json.dumps(job))
        assert main(["generate", str(tmp_path)]) == 2
        assert why in capsys.readouterr().err
        assert not (tmp_path / "result.json").exists()
