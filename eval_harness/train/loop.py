"""The loop: steps, checkpoints, and an end that is the same whether or not it was interrupted.

A checkpoint holds parameters, optimizer state and step; what a step sees depends on the seed and the step
alone. So a run that was killed and started again writes the same bytes as one that was not.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from eval_harness.job import Stopped
from eval_harness.recipe import TrainRecipe
from eval_harness.train.plan import Step

Say = Callable[[int, int, float], None]
Loss = Callable[[Step], tuple[torch.Tensor, int]]


class Asked:
    """Hears SIGTERM; the work looks at `stop` where it can save."""

    def __init__(self) -> None:
        self.stop = False

    def listen(self) -> None:
        """Take SIGTERM from now on."""
        signal.signal(signal.SIGTERM, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.stop = True


class Loop:
    """Adam with a short warm-up and a straight way down, over a fixed plan."""

    def __init__(self, parameters: Sequence[nn.Parameter], plan: Sequence[Step], recipe: TrainRecipe) -> None:
        self.parameters, self.plan, self.recipe = list(parameters), plan, recipe
        self.optimizer = torch.optim.Adam(self.parameters, lr=recipe.rate, betas=recipe.betas, fused=True)
        self.done = 0
        self.losses: list[float] = []
        self.tokens = 0

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        recipe, of = self.recipe, len(self.plan)
        return recipe.rate * min((step + 1) / recipe.warm_up, (of - step) / max(1, of - recipe.warm_up))

    def run(self, loss_of: Loss, checkpoint: Path, asked: Asked, say: Say) -> None:
        """Go from where the checkpoint is to the end. Raises Stopped after saving, when asked to stop."""
        if checkpoint.exists():
            self._load(checkpoint)
        while self.done < len(self.plan):
            if asked.stop:
                self.save(checkpoint)
                raise Stopped(f"stopped at step {self.done} of {len(self.plan)}")
            self.step(loss_of)
            say(self.done, len(self.plan), self.losses[-1])
            if self.done % self.recipe.checkpoint_every == 0:
                self.save(checkpoint)

    def step(self, loss_of: Loss) -> None:
        """One step of the plan."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(self.done)
        loss, tokens = loss_of(self.plan[self.done])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.parameters, self.recipe.clip)
        self.optimizer.step()
        self.done += 1
        self.tokens += tokens
        self.losses.append(float(loss.detach()))

    def save(self, path: Path) -> None:
        """Write a checkpoint: what is killed from now on goes on from here."""
        tensors: dict[str, torch.Tensor] = {}
        for number, parameter in enumerate(self.parameters):
            state = self.optimizer.state.get(parameter, {})
            tensors[f"{number}.value"] = parameter.detach()
            for name in ("exp_avg", "exp_avg_sq", "step"):
                if name in state:
                    tensors[f"{number}.{name}"] = state[name]
        about = {"done": str(self.done), "tokens": str(self.tokens), "losses": json.dumps(self.losses)}
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        save_file({k: v.contiguous() for k, v in tensors.items()}, part, metadata=about)
        os.replace(part, path)

    def _load(self, path: Path) -> None:
        with safe_open(path, "pt") as file, torch.no_grad():
            about, names = file.metadata(), set(file.keys())
            for number, parameter in enumerate(self.parameters):
                parameter.copy_(file.get_tensor(f"{number}.value"))
                wanted = [n for n in ("exp_avg", "exp_avg_sq", "step") if f"{number}.{n}" in names]
                self.optimizer.state[parameter] = {
                    n: file.get_tensor(f"{number}.{n}").clone() for n in wanted
                }
        self.done, self.tokens = int(about["done"]), int(about["tokens"])
        self.losses = json.loads(about["losses"])
