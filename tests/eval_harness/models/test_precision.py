"""A model is computed in what its processor multiplies, and shipped in the numbers of its base."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from eval_harness.models import precision
from eval_harness.models.split import Split


@pytest.mark.parametrize(
    ("can", "wanted"),
    [
        ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, "float32"),
        ({"avx512_f": True, "avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True}, "bfloat16"),
        ({"neon": True, "bf16": True}, "bfloat16"),
        ({"neon": True}, "float32"),
        ({}, "float32"),
    ],
)
def test_native_is_what_the_processor_has_instructions_for(
    monkeypatch: pytest.MonkeyPatch, can: dict[str, bool], wanted: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    precision.native.cache_clear()
    try:
        assert precision.native() == precision.named("native") == wanted
    finally:
        precision.native.cache_clear()


def test_a_recipe_that_names_its_numbers_has_them() -> None:
    assert [precision.named(name) for name in ("bfloat16", "float32", "auto")] == [
        "bfloat16",
        "float32",
        "auto",
    ]


def test_a_model_is_loaded_in_these_numbers(tiny: Any) -> None:
    for asked in ("bfloat16", "float32", "native"):
        split = Split(tiny.folder, tiny.root, 2, asked)
        assert split.model.dtype == getattr(torch, precision.named(asked))
        assert precision.named(asked) in split.mark
