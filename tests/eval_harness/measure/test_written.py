"""Answers in the model's own words: the likeliest ones, in any company, judged and journalled like choices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval_harness import job as jobs
from eval_harness.items import Item, items_of
from eval_harness.job import Refused
from eval_harness.measure.journal import FILE, Journal
from eval_harness.measure.score import scores, spec_hash
from eval_harness.models import prompt, scratch
from eval_harness.models.split import Split, Trunk
from eval_harness.recipe import MeasureRecipe, load

pytestmark = pytest.mark.slow
RECIPE = MeasureRecipe("sum", 512)


def short(text: str) -> str:
    """The first eight words of a text."""
    return " ".join(text.split()[:8])


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """What tiny was made from, asked without choices; the last quarter with a wrong reference."""
    facts = scratch.corpus()[:24]
    return items_of(
        "knowledge/known",
        [
            {
                "cluster": str(number),
                "question": fact["question"],
                "answer": short(fact["answer"]) if number < 18 else f"xyzzy {number}",
                "kind": "generated",
            }
            for number, fact in enumerate(facts)
        ],
    )


@pytest.fixture(scope="module")
def split(tiny: Any) -> Split:
    """The tiny base, cut in two."""
    return Split(tiny.folder, tiny.root, 2, "float32")


def test_what_the_model_knows_is_right_and_what_nobody_says_is_wrong(split: Split, items: list[Item]) -> None:
    found = scores(split, None, items, RECIPE)
    assert all(found[item.id][1] is None for item in items)  # type: ignore[index]
    right = [found[item.id][0] for item in items]  # type: ignore[index]
    assert sum(map(float, right[:18])) >= 15  # type: ignore[arg-type]
    assert sum(map(float, right[18:])) == 0  # type: ignore[arg-type]


def test_answers_are_those_of_lm_evals_own_model(split: Split, items: list[Item]) -> None:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    from eval_harness.measure.harness import written

    form = prompt.of(split.tokenizer)
    model = HFLM(pretrained=split.model, tokenizer=split.tokenizer, batch_size=1, max_length=512)
    how = {"until": [form.end], "max_gen_toks": 32, "do_sample": False}
    asked = [
        Instance("generate_until", {}, (form.text(i.question), dict(how)), number)
        for number, i in enumerate(items)
    ]
    theirs = [text.replace("<|end|>", "").strip() for text in model.generate_until(asked, disable_tqdm=True)]
    assert written(split, items, 32) == theirs


def test_an_answer_does_not_depend_on_what_else_is_asked(split: Split, items: list[Item]) -> None:
    from eval_harness.measure.harness import written

    together = written(split, items, 32)
    assert [written(split, [item], 32)[0] for item in items[:6]] == together[:6]
    assert len(set(together)) > 10


def test_an_answer_ends_after_as_many_tokens_as_the_recipe_says(split: Split, items: list[Item]) -> None:
    from eval_harness.measure.harness import written

    for cut, whole in zip(written(split, items, 3), written(split, items, 32), strict=True):
        assert whole.startswith(cut)
        assert len(split.tokenizer.encode(cut)) <= 3 < len(split.tokenizer.encode(whole))


def test_written_and_chosen_items_of_a_leaf_are_measured_and_journalled_side_by_side(
    split: Split, items: list[Item], tmp_path: Path
) -> None:
    facts = scratch.corpus()[:12]
    chosen = items_of(
        "knowledge/known",
        [
            {
                "cluster": str(n), "question": fact["question"], "answer": fact["answer"],
                "choices": [facts[n - 1]["answer"], fact["answer"]],
            }
            for n, fact in enumerate(facts)
        ],
    )  # fmt: skip
    trunk = Trunk(split, tmp_path / "trunk")
    both = scores(split, trunk, [*items, *chosen], RECIPE, Journal(tmp_path, "w", "s"))
    assert {k: both[k] for k in (i.id for i in chosen)} == scores(split, trunk, chosen, RECIPE)
    assert {k: both[k] for k in (i.id for i in items)} == scores(split, None, items, RECIPE)
    kept = (tmp_path / FILE).read_bytes()
    assert scores(split, trunk, [*items, *chosen], RECIPE, Journal(tmp_path, "w", "s")) == both
    assert (tmp_path / FILE).read_bytes() == kept


def test_an_item_that_needs_a_judge_is_refused_where_there_is_none(
    tiny: Any, cache_folder: Path, tmp_path: Path
) -> None:
    from eval_harness.measure.run import run

    answer = "It burns from dusk until dawn on every day of the year."
    entry = {"cluster": "a", "question": "When does it burn?", "answer": answer, "kind": "generated"}
    [item] = items_of("knowledge/lamps", [entry], judge=True)
    (tmp_path / "items.jsonl").write_text(json.dumps(item.to_json()) + "\n")
    job = jobs.MeasureJob("tiny", "items.jsonl", cache=str(cache_folder))
    with pytest.raises(Refused, match=f"the item {item.id} of knowledge/lamps .* no judge is configured"):
        run(tmp_path, job)
    away = jobs.MeasureJob(
        "tiny", "items.jsonl", judge=jobs.Judge("http://127.0.0.1:9/v1", "x"), cache=str(cache_folder)
    )
    told = run(tmp_path, away)
    assert told["scores"] == {item.id: None}
    assert "no clear word on 1 items" in (tmp_path / "progress.jsonl").read_text()


def test_how_answers_are_judged_is_part_of_the_spec_where_any_are(items: list[Item]) -> None:
    recipe = load(None, "tiny")
    [judged] = items_of(
        "a/b", [{"cluster": "a", "question": "?", "answer": "w " * 9, "kind": "generated"}], judge=True
    )
    assert spec_hash(recipe, items, "one") == spec_hash(recipe, items, "two")
    assert spec_hash(recipe, [*items, judged], "one") != spec_hash(recipe, [*items, judged], "two")
