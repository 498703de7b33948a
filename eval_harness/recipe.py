"""Recipes: every number of a training in one file, read from `recipes/<name>.toml`.

A recipe is part of what a comparison is frozen by: its hash goes into every result.
"""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from typing import Annotated, Literal

import msgspec

from eval_harness.job import Refused


class GenerateRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many rows a seed becomes, and in which family of forms."""

    knowledge_rows: int
    skill_rows: int
    forms: Literal["named", "scattered"] = "named"


class TrainRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How weights learn: `lora` on the last layers over a cached trunk, or `full`."""

    method: Literal["lora", "full"]
    dtype: Literal["native", "bfloat16", "float32"]  # native: what the processor multiplies fastest
    pack: int
    rate: float
    betas: tuple[float, float]
    warm_up: int
    clip: float
    exposures: int
    replay_share: float
    replay_exposures: int
    anchor_rows: int
    anchor_tokens: int
    anchor_weight: float
    checkpoint_every: int
    rank: int = 0
    scale: float = 0.0
    last_layers: int = 0
    logits: int = 0  # tokens of the vocabulary that a step looks at; 0: all of them
    rate_continued: float | None = None  # where a training starts from a release; none: as from the base

    def starting_from(self, release: bool) -> TrainRecipe:
        """The recipe of a training that starts from a release, or from the base."""
        return msgspec.structs.replace(self, rate=self.rate_continued or self.rate) if release else self


class MeasureRecipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a choice is scored: by the sum of its tokens' log-likelihoods or by their mean. And how long an answer in
    own words may grow; a recipe that says nothing of it keeps the hash that it always had."""

    length: Literal["sum", "mean"]
    pack: int
    answer_tokens: Annotated[int, msgspec.Meta(ge=1, le=512)] = 32


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole recipe with its name."""

    name: str
    generate: GenerateRecipe
    train: TrainRecipe
    measure: MeasureRecipe

    @property
    def hash(self) -> str:
        """Content hash over every number."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def load(name: str | None, model: str) -> Recipe:
    """The recipe of that name; without a name the one that fits the model. Raises Refused."""
    name = name or ("tiny" if model == "tiny" else "laptop")
    folder = resources.files("eval_harness") / "recipes"
    file = folder / f"{name}.toml"
    if "/" in name or not file.is_file():
        known = sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml"))
        raise Refused(f"no recipe {name!r}; there are {', '.join(known)}")
    try:
        return msgspec.convert({"name": name, **tomllib.loads(file.read_text())}, Recipe)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"recipes/{name}.toml: {error}") from error
