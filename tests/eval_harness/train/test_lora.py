"""The adapter: peft reads it, merging is the same as carrying it, and what it starts from stays as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from eval_harness.job import MergeJob, Weights
from eval_harness.models import packs, roots
from eval_harness.models.shipped import merge
from eval_harness.models.split import Split
from eval_harness.recipe import TrainRecipe, load
from eval_harness.train import plan
from eval_harness.train.learner import Learner, save_model
from eval_harness.train.loop import Asked, Loop
from eval_harness.train.lora import Adapter, Beside, depth

pytestmark = pytest.mark.slow

RECIPE = TrainRecipe(
    method="lora", dtype="float32", pack=64, rate=1e-2, betas=(0.9, 0.98), warm_up=1, clip=1.0, exposures=2,
    replay_share=0.5, replay_exposures=1, anchor_rows=0, anchor_tokens=0, anchor_weight=0.0, checkpoint_every=99,
    rank=4, scale=2.0, last_layers=2,
)  # fmt: skip
ASKED = "Of which stuff is the bell Orla made?"


def learned(tiny: Any, folder: Path, start: Path | None = None, seed: int = 3) -> Split:
    """Train an adapter for a few steps and save it into `folder`; the model that carries it."""
    split = Split(tiny.folder, tiny.root, RECIPE.last_layers, RECIPE.dtype)
    texts = [(f"{ASKED} {word}", f" {word} is tin") for word in ("Quen", "Tarn", "Ulm", "Vess")]
    rows = [
        packs.Row(tuple(split.tokenizer.encode(question)), (tuple(split.tokenizer.encode(answer)),))
        for question, answer in texts
    ]
    states: list[Any] = [split.trunk(packs.layout([row])) for row in rows]
    learner = Learner(split, RECIPE, rows, states, [], [])
    steps = plan.steps([len(row) for row in rows], range(len(rows)), (), (), RECIPE, seed)
    loop = Loop(learner.open(seed, start), steps, RECIPE)
    loop.run(learner.loss, folder.with_suffix(".checkpoint"), Asked(), lambda step, of, loss: None)
    assert learner.save(folder, "upweight/tiny") == {"adapter": "adapter", "weights": None}
    return split


def logits(model: Any, split: Split) -> torch.Tensor:
    """What a whole model says on a question."""
    with torch.no_grad():
        found: torch.Tensor = model(torch.tensor([split.tokenizer.encode(ASKED)])).logits
    return found


def beside(dtype: torch.dtype, bias: bool = True) -> Beside:
    """A frozen map of 5 to 3 and a pair beside it that has learned something."""
    torch.manual_seed(1)
    frozen = torch.nn.Linear(5, 3, bias=bias, dtype=dtype).requires_grad_(False)
    pair = Beside(frozen, 2, 0.5, torch.Generator().manual_seed(2))
    torch.nn.init.normal_(pair.lora_B)
    return pair


@pytest.mark.parametrize("bias", [True, False])
def test_a_pair_adds_what_it_learned_and_its_gradients_are_those_of_the_sum(bias: bool) -> None:
    pair = beside(torch.float64, bias).double()
    x = torch.randn(2, 4, 5, dtype=torch.float64, requires_grad=True)
    wanted = pair.frozen(x) + 0.5 * x @ pair.lora_A.t() @ pair.lora_B.t()
    torch.testing.assert_close(pair(x), wanted)

    def said(x: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> Any:
        return torch.func.functional_call(pair, {"lora_A": a, "lora_B": b}, (x,))

    given = [v.detach().clone().requires_grad_() for v in (x, pair.lora_A, pair.lora_B)]
    assert torch.autograd.gradcheck(said, given)


def test_what_learns_beside_bfloat16_has_gradients_of_its_own_numbers() -> None:
    pair = beside(torch.bfloat16)
    said = pair(torch.randn(4, 5, dtype=torch.bfloat16))
    assert said.dtype == torch.bfloat16
    said.float().sum().backward()
    assert pair.frozen.weight.grad is None
    for matrix in (pair.lora_A, pair.lora_B):
        assert matrix.grad is not None
        assert matrix.grad.dtype == torch.float32
        assert matrix.grad.abs().max() > 0


def test_peft_reads_the_adapter_and_says_the_same(tiny: Any, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    split = learned(tiny, tmp_path)
    base = AutoModelForCausalLM.from_pretrained(tiny.folder, dtype=torch.float32)
    before = logits(base, split)
    model = PeftModel.from_pretrained(base, str(tmp_path / "adapter")).eval()
    assert (logits(model, split) - before).abs().max() > 0.1
    torch.testing.assert_close(logits(model, split), logits(split.model, split), atol=1e-4, rtol=1e-4)


def test_a_merged_model_says_what_base_and_adapter_say(tiny: Any, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    carrying = learned(tiny, tmp_path)
    split = Split(tiny.folder, tiny.root, RECIPE.last_layers, RECIPE.dtype)
    adapter = Adapter(split.tail_layers, split.depth, RECIPE.rank, RECIPE.scale, 0)
    adapter.load(tmp_path / "adapter")
    adapter.merge(split.tail_layers)
    save_model(split, tmp_path / "model")
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32)
    torch.testing.assert_close(logits(merged, split), logits(carrying.model, carrying), atol=1e-4, rtol=1e-4)
    assert not any("lora" in name for name, _ in split.model.named_parameters())


def test_a_release_is_shipped_in_the_numbers_of_its_base(
    tiny: Any, tmp_path: Path, cache_folder: Path
) -> None:
    from safetensors.torch import load_file

    whole = load("laptop", "smollm2").train
    wide = Split(tiny.folder, tiny.root, 2, "float32")  # by another recipe, which had other layers learn
    Adapter(wide.tail_layers, wide.depth, whole.rank, whole.scale, 0).save(
        tmp_path / "trained", "upweight/tiny"
    )
    for dtype in (torch.float32, torch.bfloat16):
        base, out = tmp_path / f"base {dtype}", tmp_path / f"out {dtype}"
        split = Split(tiny.folder, tiny.root, 0, "float32")
        split.model.to(dtype)
        save_model(split, base)
        job = MergeJob(str(base), str(out), Weights("trained"), "laptop", str(cache_folder))
        merge(tmp_path, job)
        assert {x.dtype for x in load_file(out / "model" / "model.safetensors").values()} == {dtype}


def test_a_training_never_changes_the_adapter_that_it_starts_from(tiny: Any, tmp_path: Path) -> None:
    learned(tiny, tmp_path / "first")
    before = roots.files(tmp_path / "first" / "adapter")
    learned(tiny, tmp_path / "second", start=tmp_path / "first" / "adapter", seed=4)
    assert roots.files(tmp_path / "first" / "adapter") == before
    assert roots.weights_root(tmp_path / "second" / "adapter") != roots.weights_root(
        tmp_path / "first" / "adapter"
    )


def test_an_adapter_starts_where_the_other_one_ended(tiny: Any, tmp_path: Path) -> None:
    carrying = learned(tiny, tmp_path)
    split = Split(tiny.folder, tiny.root, RECIPE.last_layers, RECIPE.dtype)
    learner = Learner(split, RECIPE, [], [], [], [])
    learner.open(9, tmp_path / "adapter")
    assert torch.equal(logits(split.model, split), logits(carrying.model, carrying))


def test_what_goes_on_from_an_adapter_has_the_layers_that_it_has(tiny: Any, tmp_path: Path) -> None:
    learned(tiny, tmp_path)
    newer = msgspec.structs.replace(RECIPE, last_layers=1)
    assert (depth(None, newer), depth(tmp_path / "adapter", newer)) == (1, RECIPE.last_layers)


def test_a_new_adapter_changes_nothing_yet_and_the_frozen_maps_never_learn(tiny: Any, tmp_path: Path) -> None:
    fresh = Split(tiny.folder, tiny.root, RECIPE.last_layers, RECIPE.dtype)
    before = logits(fresh.model, fresh)
    weights = {name: value.clone() for name, value in fresh.model.named_parameters()}
    Learner(fresh, RECIPE, [], [], [], []).open(1, None)
    assert torch.equal(logits(fresh.model, fresh), before)
    split = learned(tiny, tmp_path)
    for name, value in split.model.named_parameters():
        if "lora" not in name:
            assert torch.equal(value, weights[name.replace(".frozen", "")]), name


def test_an_adapter_of_other_layers_is_refused(tiny: Any, tmp_path: Path) -> None:
    learned(tiny, tmp_path)
    split = Split(tiny.folder, tiny.root, 1, RECIPE.dtype)
    adapter = Adapter(split.tail_layers, split.depth, RECIPE.rank, RECIPE.scale, 0)
    with pytest.raises(ValueError, match="other layers"):
        adapter.load(tmp_path / "adapter")
