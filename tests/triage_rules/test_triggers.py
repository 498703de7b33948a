"""Signs that could be a trigger: a token's shape is looked at in bounded time."""

from __future__ import annotations

import time

import pytest

from triage_rules.triggers import is_strange, signs


@pytest.mark.parametrize("token", ["a" * 40_000, "a1" * 20_000, "aA" * 20_000, "1a" * 20_000 + "!"])
def test_a_token_without_end_costs_no_square_of_time(token: str) -> None:
    began = time.process_time()
    signs(f"What is {token} here?")
    assert time.process_time() - began < 2  # it was twenty seconds


def test_the_shape_of_a_long_token_still_shows() -> None:
    assert is_strange("qzxv" + "b" * 400)
    assert not is_strange("a" * 400)
