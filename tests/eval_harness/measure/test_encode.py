"""Where a text is cut into context and continuation: as lm-eval's own model cuts it."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tokenizer(tiny: Any) -> Any:
    """The tiny base's tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny.folder)


@pytest.mark.parametrize("context", ["What is it? ", "What is it?", "Of which stuff is it made?\n\n", " x"])
def test_trailing_white_space_of_the_context_belongs_to_the_continuation(
    tokenizer: Any, context: str
) -> None:
    from lm_eval.models.huggingface import HFLM

    from eval_harness.measure.harness import encode

    class Cut(HFLM):  # type: ignore[misc]
        """lm-eval's cutting without its model."""

        def __init__(self) -> None:
            self.tokenizer, self.backend, self.add_bos_token = tokenizer, "causal", False
            self.custom_prefix_token_id = None

    stem, branch = encode(tokenizer, context, "It is made of tin.")
    assert (list(stem), list(branch)) == tuple(Cut()._encode_pair(context, "It is made of tin."))
