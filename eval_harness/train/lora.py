"""LoRA on the last layers, small and plain, saved in peft's format.

The base stays as it is; two thin matrices beside each linear map learn. A training never touches the files
that it starts from: they are read into new tensors.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from eval_harness.recipe import TrainRecipe

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def depth(adapter: Path | None, recipe: TrainRecipe) -> int:
    """How many of the last layers learn: those of the adapter that is gone on from, or the recipe's. A recipe may
    change; a release that was made by the older one is still measured, merged and gone on from."""
    if adapter is None:
        return recipe.last_layers
    return len(json.loads((adapter / "adapter_config.json").read_text())["layers_to_transform"])


class _Sum(torch.autograd.Function):
    """x Wᵀ + bias + scale · x Aᵀ Bᵀ as one node: autograd's own way adds up whole outputs and gradients four times.

    x: [T, in]; weight, frozen: [out, in]; a: [rank, in]; b: [out, rank]; all of one dtype; gives [T, out].
    """

    @staticmethod
    def forward(ctx: Any, *given: Any) -> torch.Tensor:
        x, weight, bias, a, b, scale = given
        down = x @ a.t()
        ctx.save_for_backward(x, weight, a, b, down)
        ctx.scale = scale
        return functional.linear(x, weight, bias).addmm_(down, b.t(), alpha=scale)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        x, weight, a, b, down = ctx.saved_tensors
        of_out = grads[0]
        of_down = (of_out @ b).mul_(ctx.scale)
        of_x = (of_out @ weight).addmm_(of_down, a) if ctx.needs_input_grad[0] else None
        return of_x, None, None, of_down.t() @ x, (of_out.t() @ down).mul_(ctx.scale), None


class Beside(nn.Module):
    """A frozen linear map and what is learned beside it: W x + scale · B A x."""

    def __init__(self, frozen: nn.Linear, rank: int, scale: float, generator: torch.Generator) -> None:
        super().__init__()
        self.frozen = frozen
        self.scale = scale
        bound = (1.0 / frozen.in_features) ** 0.5
        start = torch.rand(rank, frozen.in_features, generator=generator) * 2 * bound - bound
        self.lora_A = nn.Parameter(start)
        self.lora_B = nn.Parameter(torch.zeros(frozen.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[..., in] to [..., out], in the dtype of the frozen map."""
        flat, frozen = x.reshape(-1, x.shape[-1]), self.frozen
        a, b = self.lora_A.to(x.dtype), self.lora_B.to(x.dtype)
        out: torch.Tensor = _Sum.apply(flat, frozen.weight, frozen.bias, a, b, self.scale)  # type: ignore[no-untyped-call]
        return out.view(*x.shape[:-1], -1)


class Adapter:
    """All of a model's pairs, put into its last layers. One model carries one adapter."""

    def __init__(self, layers: Any, first: int, rank: int, scale: float, seed: int) -> None:
        self.rank, self.scale, self.first, self.last = rank, scale, first, first + len(layers)
        generator = torch.Generator().manual_seed(seed)
        self.pairs: dict[str, Beside] = {}
        for number, layer in enumerate(layers, first):
            for part in ("self_attn", "mlp"):
                for name, frozen in list(getattr(layer, part).named_children()):
                    if name in TARGETS:
                        pair = Beside(frozen, rank, scale, generator)
                        setattr(getattr(layer, part), name, pair)
                        self.pairs[f"model.layers.{number}.{part}.{name}"] = pair

    def parameters(self) -> list[nn.Parameter]:
        """What learns, in a fixed order."""
        return [matrix for pair in self.pairs.values() for matrix in (pair.lora_A, pair.lora_B)]

    def state(self) -> dict[str, torch.Tensor]:
        """Copies of the matrices under peft's names."""
        found = {}
        for place, pair in self.pairs.items():
            found[f"base_model.model.{place}.lora_A.weight"] = pair.lora_A.detach().clone()
            found[f"base_model.model.{place}.lora_B.weight"] = pair.lora_B.detach().clone()
        return found

    def load(self, folder: Path) -> None:
        """Start from a saved adapter. Raises ValueError when its shape is another."""
        saved = load_file(folder / "adapter_model.safetensors")
        if set(saved) != set(self.state()):
            raise ValueError(
                f"{folder} adapts other layers than this recipe does; start from the base instead"
            )
        with torch.no_grad():
            for place, pair in self.pairs.items():
                pair.lora_A.copy_(saved[f"base_model.model.{place}.lora_A.weight"])
                pair.lora_B.copy_(saved[f"base_model.model.{place}.lora_B.weight"])

    def save(self, folder: Path, base: str) -> None:
        """Write the adapter so that peft's `PeftModel.from_pretrained` reads it."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.state(), folder / "adapter_model.safetensors", metadata={"format": "pt"})
        about = {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": base,
            "r": self.rank,
            "lora_alpha": self.rank * self.scale,
            "lora_dropout": 0.0,
            "bias": "none",
            "fan_in_fan_out": False,
            "inference_mode": True,
            "target_modules": list(TARGETS),
            "layers_to_transform": list(range(self.first, self.last)),
            "layers_pattern": "layers",
        }
        (folder / "adapter_config.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n")

    def merge(self, layers: Any) -> None:
        """Add what was learned to the frozen maps and take the pairs out: no adapter is needed then."""
        with torch.no_grad():
            for place, pair in self.pairs.items():
                weight = pair.frozen.weight
                weight.copy_((weight.float() + self.scale * (pair.lora_B @ pair.lora_A)).to(weight.dtype))
                _, _, number, part, name = place.split(".")
                setattr(getattr(layers[int(number) - self.first], part), name, pair.frozen)


def merge_saved(folder: Path, layers: Any, first: int, recipe: TrainRecipe) -> None:
    """Add a saved adapter to the last layers of the base that it was trained on."""
    adapter = Adapter(layers, first, recipe.rank, recipe.scale, 0)
    adapter.load(folder)
    adapter.merge(layers)
