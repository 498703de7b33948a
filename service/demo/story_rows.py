"""What a story's exams take out of its trainings: rows that come too near to a question are taught to nobody.

A person who words an exam close to the seeds loses those seeds silently; here it is counted before a play.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import yaml

from eval_harness.contamination import Exam
from eval_harness.generate import rows
from eval_harness.items import BadItem, Item, items_of
from eval_harness.job import Leaf, Seed
from eval_harness.recipe import load
from service.demo.places import Problem
from service.demo.story import LEAF, Contribution, Story
from triage_rules import taxonomy

RECIPES = ("laptop", "tiny")  # of the models that a story is played with
MANY = 0.1  # of a leaf's rows, from which on a person should know


def problems_of(story: Story) -> Iterator[Problem]:
    """A warning for each leaf that loses many of its rows, or all rows of a seed."""
    exam = _exam(_files(story))
    for contribution in story.contribution:
        if contribution.batch is not None:
            yield from _lost(story, contribution, exam)


def _files(story: Story) -> tuple[tuple[str, bool, bytes], ...]:
    """Leaf, whether it is of the guard, and bytes of every exam of the story."""
    base = story.taxonomy / "evaluation"
    exams = [
        (path.parent.relative_to(base).as_posix(), False, path) for path in sorted(base.rglob("items.yaml"))
    ]
    exams += [(f"guard/{path.stem}", True, path) for path in sorted(story.guard.glob("*.yaml"))]
    return tuple((leaf, guard, path.read_bytes()) for leaf, guard, path in exams)


@lru_cache(maxsize=8)
def _exam(files: tuple[tuple[str, bool, bytes], ...]) -> Exam:
    """Every question of these files that is in order; what is wrong with the others is said elsewhere."""
    items: list[Item] = []
    for leaf, guard, data in files:
        try:
            items += items_of(leaf, yaml.load(data, Loader=yaml.CSafeLoader) or [], guard=guard)
        except (BadItem, TypeError, yaml.YAMLError):
            continue
    return Exam(items)


def _lost(story: Story, contribution: Contribution, exam: Exam) -> Iterator[Problem]:
    push = len(contribution.commits) - 1
    for name, data in story.files(contribution, push).items():
        leaf = taxonomy.read_leaf(name, data)[0] if name.endswith(f"/{LEAF}") else None
        if leaf is None or not leaf.seeds:
            continue
        seeds = tuple(Seed(s.question, s.answer, s.context) for s in leaf.seeds)
        made, near = _worst(Leaf(leaf.path, leaf.kind, seeds), exam)
        lost = Counter(row["seed_index"] for row, _ in near)
        of = Counter(row["seed_index"] for row in made)
        whole = [index for index, many in lost.items() if many == of[index]]
        if len(near) < MANY * len(made) and not whole:
            continue
        row, why = next((one for one in near if one[0]["seed_index"] in whole), near[0])
        none = f", and nothing is left of {len(whole)} of its {len(seeds)} seeds" if whole else ""
        message = f"{len(near)} of its {len(made)} rows are taught to nobody{none}: this seed {why}."
        place = story.holder(contribution, push, name) or name
        remedy = "Reword the seed, or the question."
        yield Problem(place, leaf.seeds[row["seed_index"]].line, message, remedy, warning=True)


def _worst(leaf: Leaf, exam: Exam) -> tuple[list[rows.Row], list[tuple[rows.Row, str]]]:
    """A leaf's rows, and those that are too near to an exam and why, by the recipe of which most are lost."""
    found = []
    for recipe in RECIPES:
        made = rows.of(leaf, load(recipe, "").generate, 0)
        found.append((made, [(row, why) for row in made if (why := exam.why(row))]))
    return max(found, key=lambda one: len(one[1]) / len(one[0]))
