"""Recipes: every number declared, none unknown, each change another hash."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest

from eval_harness.job import Refused
from eval_harness.recipe import Recipe, load

FILES = sorted(file.name for file in (resources.files("eval_harness") / "recipes").iterdir())


def told(name: str) -> dict[str, Any]:
    """What a recipe's file says."""
    file = resources.files("eval_harness") / "recipes" / f"{name}.toml"
    return {"name": name, **tomllib.loads(file.read_text())}


@pytest.mark.parametrize("name", ["tiny", "short", "laptop"])
def test_every_recipe_of_the_house_reads_and_is_named_by_its_file(name: str) -> None:
    assert f"{name}.toml" in FILES
    assert load(name, "smollm2").name == name


@pytest.mark.parametrize("section", ["generate", "train", "measure", None])
def test_an_unknown_key_is_refused_by_name(section: str | None) -> None:
    data = told("laptop")
    (data[section] if section else data)["momentum"] = 1
    with pytest.raises(msgspec.ValidationError, match="momentum"):
        msgspec.convert(data, Recipe)


def test_a_file_with_an_unknown_key_is_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (resources.files("eval_harness") / "recipes" / "laptop.toml").read_text()
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "mine.toml").write_text(text.replace("[train]", "[train]\nmomentum = 1"))
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)
    with pytest.raises(Refused, match=r"mine\.toml.*momentum"):
        load("mine", "smollm2")


@pytest.mark.parametrize(("key", "value"), [("method", "magic"), ("dtype", "float8"), ("pack", "many")])
def test_a_value_of_another_kind_is_refused(key: str, value: str) -> None:
    data = told("laptop")
    data["train"][key] = value
    with pytest.raises(msgspec.ValidationError, match=key):
        msgspec.convert(data, Recipe)


@pytest.mark.parametrize("key", ["rate", "anchor_weight", "exposures"])
def test_a_missing_number_is_refused_by_name(key: str) -> None:
    data = told("laptop")
    del data["train"][key]
    with pytest.raises(msgspec.ValidationError, match=key):
        msgspec.convert(data, Recipe)


@pytest.mark.parametrize("name", ["nothing", "../recipes/laptop", "a/b"])
def test_an_unknown_recipe_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(Refused, match=r"laptop.*short.*tiny"):
        load(name, "tiny")


def test_another_number_is_another_hash_and_the_same_file_the_same() -> None:
    recipe = load("laptop", "smollm2")
    assert load("laptop", "tiny").hash == recipe.hash
    changed = [
        msgspec.structs.replace(
            recipe, train=msgspec.structs.replace(recipe.train, rate=recipe.train.rate * 2)
        ),
        msgspec.structs.replace(recipe, measure=msgspec.structs.replace(recipe.measure, length="mean")),
        msgspec.structs.replace(recipe, generate=msgspec.structs.replace(recipe.generate, skill_rows=99)),
    ]
    assert len({recipe.hash, *(other.hash for other in changed)}) == 4


def test_without_a_name_the_recipe_fits_the_model() -> None:
    assert load(None, "tiny").name == "tiny"
    assert load(None, "smollm2").name == "laptop"
