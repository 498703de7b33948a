"""A base model split in two: a frozen trunk, computed once for each text, and a tail that learns.

Only the tail is run again in a step, and the trunk's activations are shared by every training and measuring
of a batch. A trunk's numbers depend in bfloat16 on what else lies in a pack, so packs are fixed per leaf:
leaving one leaf out of a mix changes nothing in the others.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from eval_harness.job import Refused
from eval_harness.models import cache, packs, precision

# Decoders whose layers take (hidden, mask, positions, rotary) and add nothing outside of them.
KNOWN = {"llama", "mistral", "qwen2", "qwen3"}


class Split:
    """A causal language model, loaded and frozen, that runs its first layers and its last ones apart."""

    def __init__(self, folder: Path, root: str, last: int, dtype: str) -> None:
        """The model of `folder` in `dtype`: torch's name, `native` (this processor's), or `auto` (as it is kept)."""
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.dtype = precision.named(dtype)
        self.tokenizer: Any = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        self.model: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=self.dtype,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            attn_implementation="eager",
        )
        if self.model.config.model_type not in KNOWN:
            raise Refused(
                f"{folder}: model type {self.model.config.model_type!r} is not one of {sorted(KNOWN)}"
            )
        self.model.eval().requires_grad_(False)
        layers = self.model.model.layers
        self.depth = max(0, len(layers) - last) if last else 0
        self.trunk_layers, self.tail_layers = layers[: self.depth], layers[self.depth :]
        self.width = int(self.model.config.hidden_size)
        self.mark = f"{root} {self.depth} {self.dtype} {torch.__version__} trees, eager"

    def _run(self, layers: Any, hidden: torch.Tensor, place: packs.Layout) -> torch.Tensor:
        rotary = self.model.model.rotary_emb(hidden, place.positions)
        unseen = torch.zeros(place.mask.shape, dtype=hidden.dtype)
        unseen.masked_fill_(~place.mask, torch.finfo(hidden.dtype).min)
        for layer in layers:
            hidden = layer(
                hidden, attention_mask=unseen, position_ids=place.positions, position_embeddings=rotary
            )
        return hidden

    def embed(self, place: packs.Layout) -> torch.Tensor:
        """Embeddings of a pack's tokens, [T, width]."""
        hidden: torch.Tensor = self.model.model.embed_tokens(place.ids)
        return place.gather(hidden)

    def trunk(self, place: packs.Layout) -> torch.Tensor:
        """What the tail starts from, [T, width]."""
        with torch.no_grad():
            return place.gather(self._run(self.trunk_layers, place.spread(self.embed(place)), place))

    def tail(
        self, hidden: torch.Tensor, place: packs.Layout, wanted: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The last layers and the final norm, [T, width] -> [T, width].

        With `wanted`, indices among the T that are distinct, it gives these alone, and the last layer computes no more.
        """
        asked = place if wanted is None else replace(place, places=place.places[wanted])
        with nullcontext() if wanted is None else _narrowed(self.tail_layers[-1], asked):
            last = self._run(self.tail_layers, place.spread(hidden), place)
        normed: torch.Tensor = self.model.model.norm(asked.gather(last))
        return normed

    def logits(self, normed: torch.Tensor) -> torch.Tensor:
        """Logits in float32 of the places given, [..., vocabulary]."""
        found: torch.Tensor = self.model.lm_head(normed).float()
        return found


@contextmanager
def _narrowed(layer: Any, asked: packs.Layout) -> Iterator[None]:
    """Within, the layer computes what the places that are `asked` for need: it looks at the others, but what it makes
    of them is zero."""

    def narrow(module: nn.Module, given: tuple[torch.Tensor]) -> torch.Tensor:
        return asked.gather(given[0])

    def widen(module: nn.Module, given: tuple[torch.Tensor], made: torch.Tensor) -> torch.Tensor:
        return asked.spread(made)

    hooks = []
    for part in (layer.self_attn.q_proj, layer.self_attn.o_proj, layer.mlp):
        hooks += [part.register_forward_pre_hook(narrow), part.register_forward_hook(widen)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class Trunk:
    """The trunk's activations of groups of rows, content-addressed and shared between processes."""

    def __init__(self, split: Split, directory: Path, size: int = 256) -> None:
        self.split = split
        self.directory = directory / "trunk"
        self.size = size

    def path(self, rows: Sequence[packs.Row]) -> Path:
        """Where a group's activations lie: the hash of everything that they depend on."""
        digest = hashlib.sha256(f"{self.split.mark} {self.size}\n".encode())
        for row in rows:
            digest.update(repr((row.stem, row.branches)).encode())
        return self.directory / f"{digest.hexdigest()[:40]}.safetensors"

    def groups(self, groups: Sequence[Sequence[packs.Row]]) -> list[list[torch.Tensor]]:
        """Activations [length, width] by group and row. Two processes that start together share the work."""
        waiting = [rows for rows in groups if rows and not self.path(rows).exists()]
        for wait in (False, True):
            for rows in waiting:
                self._make(self.path(rows), wait, partial(self._begun, rows))
        return [self._read(self.path(rows), rows) if rows else [] for rows in groups]

    def finals(self, rows: Sequence[packs.Row]) -> list[torch.Tensor]:
        """What the model makes of a group's rows before anything is learned: [length, width] by row."""
        if not rows:
            return []
        path = self.path(rows).with_suffix(".final.safetensors")
        self._make(path, True, partial(self._ended, rows))
        return self._read(path, rows)

    def _begun(self, rows: Sequence[packs.Row]) -> torch.Tensor:
        return torch.cat([self.split.trunk(place) for _, place in self._places(rows)])

    def _ended(self, rows: Sequence[packs.Row]) -> torch.Tensor:
        states = self.groups([rows])[0]
        with torch.no_grad():
            found = [
                self.split.tail(torch.cat([states[i] for i in pack]), place)
                for pack, place in self._places(rows)
            ]
        return torch.cat(found)

    def _places(self, rows: Sequence[packs.Row]) -> list[tuple[list[int], packs.Layout]]:
        fixed = packs.next_fit([len(row) for row in rows], self.size)
        return [(pack, packs.layout([rows[i] for i in pack])) for pack in fixed]

    def _make(self, path: Path, wait: bool, what: Callable[[], torch.Tensor]) -> None:
        if path.exists():
            return
        with cache.locked(path, wait) as held:
            if not held or path.exists():
                return
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            save_file({"hidden": what().contiguous()}, part)
            os.replace(part, path)

    def _read(self, path: Path, rows: Sequence[packs.Row]) -> list[torch.Tensor]:
        return list(torch.split(load_file(path)["hidden"], [len(row) for row in rows]))
