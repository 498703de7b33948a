"""A model's likeliest answers, several prompts at a time: padded on the left, so that all go on together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

ROWS = 16


def answers(
    model: Any, tokenizer: Any, prompts: Sequence[str], longest: int, until: Sequence[str]
) -> list[str]:
    """The greedy continuation of each prompt, at most `longest` tokens, cut before the first of `until`.

    Which prompts go together depends on these prompts alone: a number never depends on what else is asked.
    """
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in prompts]
    order = sorted(range(len(ids)), key=lambda i: (len(ids[i]), i))
    found = [""] * len(ids)
    for start in range(0, len(order), ROWS):
        chosen = order[start : start + ROWS]
        for i, line in zip(
            chosen, _continued(model, tokenizer, [ids[i] for i in chosen], longest, until), strict=True
        ):
            found[i] = line
    return found


def _continued(
    model: Any, tokenizer: Any, ids: Sequence[list[int]], longest: int, until: Sequence[str]
) -> list[str]:
    width = max(map(len, ids))
    tokens = torch.tensor([[tokenizer.eos_token_id] * (width - len(line)) + line for line in ids])
    seen = torch.tensor([[0] * (width - len(line)) + [1] * len(line) for line in ids])
    stops = {tokenizer.eos_token_id}
    for text in until:  # what is one token ends an answer at once; longer ones are found in the text
        marks = tokenizer.encode(text, add_special_tokens=False)
        stops |= set(marks) if len(marks) == 1 else set()
    with torch.no_grad():
        out = model.generate(
            tokens,
            attention_mask=seen,
            max_new_tokens=longest,
            do_sample=False,
            pad_token_id=tokenizer.eos_token_id,
            eos_token_id=sorted(stops),
        )
    return [_text(tokenizer, line, stops, until) for line in out[:, width:].tolist()]


def _text(tokenizer: Any, line: list[int], stops: set[int], until: Sequence[str]) -> str:
    end = next((place for place, token in enumerate(line) if token in stops), len(line))
    text: str = tokenizer.decode(line[:end], skip_special_tokens=True)
    for mark in until:
        text = text.split(mark)[0] if mark else text
    return text.strip()
