"""Recipes: what a file's numbers mean for one training."""

from __future__ import annotations

import pytest

from eval_harness.job import Refused
from eval_harness.recipe import load


def test_a_training_that_starts_from_a_release_learns_at_the_recipes_second_rate() -> None:
    recipe = load("laptop", "smollm2").train
    assert recipe.starting_from(release=False).rate == recipe.rate
    assert recipe.starting_from(release=True).rate == recipe.rate_continued
    assert recipe.rate_continued is not None
    assert recipe.rate_continued < recipe.rate


def test_where_no_second_rate_is_given_every_training_learns_at_the_first() -> None:
    recipe = load("short", "tiny").train
    assert recipe.rate_continued is None
    assert recipe.starting_from(release=True) == recipe


def test_a_recipe_that_is_not_there_is_refused_with_the_names_of_those_that_are() -> None:
    with pytest.raises(Refused, match="laptop, short, tiny"):
        load("huge", "smollm2")
