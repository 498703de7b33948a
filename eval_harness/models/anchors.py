"""Anchor rows: general questions with the base's own answers, which a training is held to.

The answers are the base's, not ours: the term that uses them asks the model to stay what it was, not to
become right. They are made once for a base and cached.
"""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

import torch
import yaml

from eval_harness.models import cache, prompt
from eval_harness.models.base import Base

LONGEST = 40


def questions() -> list[str]:
    """The general questions, in their fixed order."""
    text = (resources.files("eval_harness") / "models" / "general.yaml").read_text(encoding="utf-8")
    return [str(line) for line in yaml.safe_load(text)]


def asked_of(name: str) -> list[str]:
    """What a base is held to: general questions, and for `tiny` also what it was made from."""
    if name != "tiny":
        return questions()
    from eval_harness.models import scratch

    return [fact["question"] for fact in scratch.corpus()] + questions()


def of(found: Base, directory: Path, dtype: str) -> list[tuple[str, str]]:
    """(question, the base's greedy answer) for every general question, as it answers in `dtype`."""
    asked = asked_of(found.name)
    key = hashlib.sha256(json.dumps([found.root, asked, LONGEST, dtype]).encode()).hexdigest()[:24]

    def make(part: Path) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(found.folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            found.folder, dtype=dtype, local_files_only=True, use_safetensors=True
        )
        pairs = list(zip(asked, answers(model, tokenizer, asked, LONGEST), strict=True))
        (part / "anchors.json").write_text(json.dumps(pairs, ensure_ascii=False, indent=0))

    folder = cache.folder(directory / f"anchors-{key}", make)
    return [(q, a) for q, a in json.loads((folder / "anchors.json").read_text())]


def answers(model: Any, tokenizer: Any, asked: list[str], longest: int) -> list[str]:
    """Greedy answers, one question at a time by length so that no padding is needed within a batch."""
    form = prompt.of(tokenizer)
    ids = [tokenizer.encode(form.text(question), add_special_tokens=False) for question in asked]
    stops = {tokenizer.eos_token_id, *tokenizer.encode(form.end, add_special_tokens=False)[:1]}
    found: list[str] = [""] * len(asked)
    for length in sorted({len(line) for line in ids}):
        batch = [i for i, line in enumerate(ids) if len(line) == length]
        tokens = torch.tensor([ids[i] for i in batch])
        with torch.no_grad():
            out = model.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                max_new_tokens=longest,
                do_sample=False,
                pad_token_id=tokenizer.eos_token_id,
                eos_token_id=sorted(stops),
            )
        for i, line in zip(batch, out[:, length:].tolist(), strict=True):
            end = next((k for k, token in enumerate(line) if token in stops), len(line))
            found[i] = tokenizer.decode(line[:end], skip_special_tokens=True).strip()
    return found
