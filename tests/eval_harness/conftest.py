"""The tiny base model, made once for every test and every later run on this machine, and the jobs on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.settings import read as read_settings

NAMES = ("Orla", "Quen", "Tarn", "Ulm", "Vess", "Wick", "Yarl", "Zeb")
STUFFS = ("tin", "oak", "glass", "stone")


@pytest.fixture(scope="session")
def cache_folder() -> Path:
    """The machine's own cache: what lies there is content-addressed, and a base takes half a minute to make."""
    from eval_harness.models import cache

    return cache.directory(str(read_settings().cache))


@pytest.fixture(scope="session")
def tiny(cache_folder: Path) -> Any:
    """The tiny base."""
    from eval_harness.models import base

    return base.find("tiny", cache_folder)


def fact(name: str, number: int) -> dict[str, Any]:
    """A seed: which stuff a bell is made of."""
    question = f"Of which metal or stuff is the bell {name} in the harbour made?"
    return {"question": question, "answer": f"The bell {name} is {STUFFS[number % 4]}."}


def leaf_named(name: str) -> dict[str, Any]:
    """A knowledge leaf of eight seeds, as a generate job holds it."""
    seeds = [fact(f"{bell} of {name}", number) for number, bell in enumerate(NAMES)]
    told = {"pull": 3, "author": "ada", "blob": "b1"}
    return {"path": f"knowledge/isle/{name}", "kind": "knowledge", "seeds": seeds, **told}


def items_of_leaf(name: str) -> list[dict[str, Any]]:
    """Frozen items of that leaf: the same seeds, asked in other words."""
    from eval_harness.items import items_of

    entries = [
        {
            "cluster": bell,
            "question": f"What was used for {bell} of {name}?",
            "choices": [f"The bell {bell} of {name} is {stuff}." for stuff in STUFFS],
            "answer": fact(f"{bell} of {name}", number)["answer"],
        }
        for number, bell in enumerate(NAMES)
    ]
    return [item.to_json() for item in items_of(f"knowledge/isle/{name}", entries)]


@pytest.fixture(scope="session")
def rows_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of two leaves, bells and ferries, as a generate job writes them."""
    from eval_harness.__main__ import main

    folder = tmp_path_factory.mktemp("rows")
    leaves = [leaf_named("bells"), leaf_named("ferries")]
    job = {"schema": 1, "kind": "generate", "model": "tiny", "recipe": "short", "leaves": leaves}
    (folder / "job.json").write_text(json.dumps(job))
    assert main(["generate", str(folder)]) == 0
    return folder / "rows.jsonl"


@pytest.fixture
def train_job(tmp_path: Path, cache_folder: Path, rows_file: Path, tiny: Any) -> Callable[..., Path]:
    """Writes a train job of a few steps into a folder of its own."""

    def write(name: str, **changes: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        items = items_of_leaf("bells")
        (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
        job = {
            "schema": 1, "kind": "train", "model": "tiny", "recipe": "short", "cache": str(cache_folder),
            "rows": [str(rows_file)], "mix": {"leaves": ["knowledge/isle/bells"]}, "seed": 5,
        }  # fmt: skip
        (folder / "job.json").write_text(json.dumps(job | changes))
        return folder

    return write
