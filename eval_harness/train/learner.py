"""A learner: what is trained, how its loss is made, and how it is saved. LoRA tail or whole model alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from eval_harness.models import packs
from eval_harness.models.split import Split
from eval_harness.recipe import TrainRecipe
from eval_harness.train.lora import Adapter
from eval_harness.train.plan import Step
from eval_harness.train.vocabulary import Vocabulary, sampled


class Learner:
    """Rows and anchor rows with their trunk activations, and the parameters that learn."""

    def __init__(
        self,
        split: Split,
        recipe: TrainRecipe,
        rows: Sequence[packs.Row],
        states: Sequence[torch.Tensor | None],
        anchors: Sequence[packs.Row],
        anchor_states: Sequence[torch.Tensor | None],
    ) -> None:
        self.split, self.recipe = split, recipe
        self.rows, self.states = rows, states
        self.anchors, self.anchor_states = anchors, anchor_states
        self.held: list[torch.Tensor] = []
        self.held_head: torch.Tensor | None = None
        self.adapter: Adapter | None = None

    @cached_property
    def known(self) -> torch.Tensor:
        """Every token of the rows and anchor rows."""
        return torch.tensor(sorted({token for row in [*self.rows, *self.anchors] for token in row.tokens()}))

    def remember(self, finals: Sequence[torch.Tensor] | None = None) -> None:
        """Keep what the model says on the anchor rows before anything is learned.

        `finals` are its final states by row, [length, width], where they are known already.
        """
        with torch.no_grad():
            self.held = list(finals) if finals is not None else self._said()
        if self.recipe.method == "full":  # the head learns too
            self.held_head = self.split.model.lm_head.weight.detach().clone()

    def _said(self) -> list[torch.Tensor]:
        held: list[torch.Tensor] = []
        for pack in packs.next_fit([len(row) for row in self.anchors], 256):
            rows = [self.anchors[i] for i in pack]
            final = self._final(rows, [self.anchor_states[i] for i in pack], packs.layout(rows))
            held += [part.clone() for part in torch.split(final, [len(row) for row in rows])]
        return held

    def open(self, seed: int, adapter: Path | None) -> list[nn.Parameter]:
        """Make what learns ready; a LoRA starts from zero or from a copy of `adapter`."""
        if self.recipe.method == "full":
            self.split.model.requires_grad_(True)
            return list(self.split.model.parameters())
        recipe = self.recipe
        self.adapter = Adapter(self.split.tail_layers, self.split.depth, recipe.rank, recipe.scale, seed)
        if adapter:
            self.adapter.load(adapter)
        return self.adapter.parameters()

    def _final(
        self,
        rows: Sequence[packs.Row],
        states: Sequence[torch.Tensor | None],
        place: packs.Layout,
        wanted: torch.Tensor | None = None,
    ) -> torch.Tensor:
        known = [state for state in states if state is not None]
        hidden = torch.cat(known) if len(known) == len(rows) else self.split.embed(place)
        return self.split.tail(hidden, place, wanted)

    def loss(self, step: Step) -> tuple[torch.Tensor, int]:
        """The step's loss and its number of tokens: answers are learned, anchors are held."""
        rows = [self.rows[i] for i in step.rows] + [self.anchors[i] for i in step.anchors]
        states = [self.states[i] for i in step.rows] + [self.anchor_states[i] for i in step.anchors]
        place = packs.layout(rows)
        answers = [
            p
            for row, at in zip(rows[: len(step.rows)], place.offsets, strict=False)
            for p in row.predictions(at)
        ]
        where = torch.tensor([i for places, _ in answers for i in places])
        target = torch.tensor([token for _, tokens in answers for token in tokens])
        size = len(place.places)
        held = torch.arange(place.offsets[len(step.rows)] if step.anchors else size, size)
        final = self._final(rows, states, place, torch.cat([where, held]))
        seen = self._seen(step)
        logits = seen.logits(final)  # one pass over the vocabulary
        said, kept = torch.split(logits, [len(where), len(held)])  # cheaper on the way back than two slices
        loss = functional.cross_entropy(said, seen.places(target))
        if step.anchors:
            loss = loss + self.recipe.anchor_weight * self._drift(kept, step.anchors, seen)
        return loss, size

    def _seen(self, step: Step) -> Vocabulary:
        head = self.split.model.lm_head.weight
        if step.turn is None or not 0 < self.recipe.logits < len(head):
            return Vocabulary(head)
        return sampled(head, self.recipe.logits, step.turn, self.known)

    def fit(self, rows: Mapping[str, Sequence[int]]) -> dict[str, float]:
        """How well rows were learned: the mean loss per answer token (nats) of each name's rows, by their indices."""
        found: dict[str, float] = {}
        for name, chosen in rows.items():
            losses: list[tuple[float, int]] = []
            for pack in packs.next_fit([len(self.rows[i]) for i in chosen], 256):
                step = Step(tuple(chosen[i] for i in pack), ())
                with torch.no_grad():
                    loss, _ = self.loss(step)
                losses.append((float(loss), sum(len(self.rows[i].branches[0]) for i in step.rows)))
            tokens = sum(count for _, count in losses)
            found[name] = round(sum(loss * count for loss, count in losses) / max(1, tokens), 4)
        return found

    def _drift(self, logits: torch.Tensor, anchors: Sequence[int], seen: Vocabulary) -> torch.Tensor:
        """KL from the starting base to the learner on anchor rows, a mean over all their places."""
        with torch.no_grad():
            held = torch.cat([self.held[i] for i in anchors])
            then = seen if self.held_head is None else seen.over(self.held_head)
            before = torch.log_softmax(then.logits(held), -1)
        now = torch.log_softmax(logits, -1)
        return functional.kl_div(now, before, log_target=True, reduction="batchmean")

    def save(self, folder: Path, base: str) -> dict[str, Any]:
        """Write `adapter` or `model` into `folder`; returns which."""
        if self.adapter:
            self.adapter.save(folder / "adapter", base)
            return {"adapter": "adapter", "weights": None}
        save_model(self.split, folder / "model")
        return {"adapter": None, "weights": "model"}


def save_model(split: Split, folder: Path) -> None:
    """A whole model as an ordinary Hugging Face folder with its tokenizer and chat template."""
    split.model.save_pretrained(folder)
    split.tokenizer.save_pretrained(folder)
