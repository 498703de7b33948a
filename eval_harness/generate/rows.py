"""Rows from leaves, without a teacher: every seed in the declared forms, with where each row comes from."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from eval_harness.generate.forms import FORMS, Form
from eval_harness.job import Leaf, Seed
from eval_harness.recipe import GenerateRecipe

Row = dict[str, Any]


def of(leaf: Leaf, recipe: GenerateRecipe, seed: int) -> list[Row]:
    """The rows of one leaf: a function of the leaf, the recipe and the seed alone. No two ask the same."""
    count = recipe.knowledge_rows if leaf.kind == "knowledge" else recipe.skill_rows
    questions = [entry.question for entry in leaf.seeds]
    rows: list[Row] = []
    for index, entry in enumerate(leaf.seeds):
        rows += _of_seed(leaf, index, entry, questions, count, seed, FORMS[recipe.forms])
    return rows


def _of_seed(
    leaf: Leaf, index: int, entry: Seed, questions: list[str], count: int, seed: int, forms: Sequence[Form]
) -> Iterator[Row]:
    seen: set[str] = set()
    for number in range(count * 2):
        form = forms[number % len(forms)]
        rng = random.Random(f"{seed}\n{leaf.path}\n{entry.question}\n{number}")
        question = " ".join(form.write(entry.question.strip(), questions, rng).split())
        if question.casefold() not in seen:
            seen.add(question.casefold())
            yield _row(leaf, index, entry, question, form)
        if len(seen) == count:
            return


def _row(leaf: Leaf, index: int, entry: Seed, question: str, form: Form) -> Row:
    # Knowledge is asked with the book closed; a grounded skill works on the context that it is given.
    context = entry.context if leaf.kind == "grounded" else None
    text = json.dumps([leaf.path, context, question, entry.answer], ensure_ascii=False)
    return {
        "id": hashlib.sha256(text.encode()).hexdigest()[:20],
        "leaf": leaf.path,
        "kind": leaf.kind,
        "question": question,
        "answer": entry.answer.strip(),
        "context": context,
        "seed_index": index,
        "by": form.by,
        "provenance": {
            "form": form.name,
            "teacher": None,
            "pull": leaf.pull,
            "author": leaf.author,
            "blob": leaf.blob,
        },
    }
