"""A part of the vocabulary says what all of it would: exactly of what is known, on average of the rest."""

from __future__ import annotations

import pytest
import torch

from eval_harness.train.vocabulary import Vocabulary, sampled

TOKENS, WIDTH, SIZE = 1000, 16, 200
TURNS = 9  # (1000 - 100) / 100


@pytest.fixture(scope="module")
def head() -> torch.Tensor:
    """A head on which the first tokens are the likeliest, as byte pair encoding numbers them."""
    rows = torch.randn(TOKENS, WIDTH, generator=torch.Generator().manual_seed(1))
    rows[:, 0] -= torch.arange(1, TOKENS + 1).log()
    return rows


@pytest.fixture(scope="module")
def states() -> torch.Tensor:
    """Final states of some places."""
    found = torch.randn(5, WIDTH, generator=torch.Generator().manual_seed(2))
    found[:, 0] = 1.0
    return found


def test_the_known_and_the_commonest_are_always_there_and_say_what_they_say(
    head: torch.Tensor, states: torch.Tensor
) -> None:
    known, whole = torch.tensor([999, 7, 500, 500]), Vocabulary(head).logits(states)
    for turn in range(2 * TURNS):
        part = sampled(head, SIZE, turn, known)
        assert part.ids is not None
        assert part.ids.tolist() == sorted(set(part.ids.tolist()))
        sure = torch.tensor([*range(100), 500, 999])
        places = part.places(sure)
        assert part.ids[places].tolist() == sure.tolist()
        torch.testing.assert_close(part.logits(states)[:, places], whole[:, sure])


def test_it_is_as_large_as_asked(head: torch.Tensor) -> None:
    for turn in range(TURNS):
        part = sampled(head, SIZE, turn, torch.tensor([], dtype=torch.long))
        assert len(part.head) == SIZE


def test_every_token_has_its_turn(head: torch.Tensor) -> None:
    seen: set[int] = set()
    for turn in range(TURNS):
        ids = sampled(head, SIZE, turn, torch.tensor([300, 301, 302])).ids
        assert ids is not None
        seen |= set(ids.tolist())
    assert seen == set(range(TOKENS))


def test_over_a_round_of_turns_the_rest_weighs_what_it_weighs(
    head: torch.Tensor, states: torch.Tensor
) -> None:
    whole = Vocabulary(head).logits(states).exp().sum(-1)
    known = torch.tensor([150, 420, 421, 801])
    parts = [sampled(head, SIZE, turn, known).logits(states).exp().sum(-1) for turn in range(TURNS)]
    torch.testing.assert_close(torch.stack(parts).mean(0), whole, rtol=0.01, atol=0.0)
    assert max(float((part / whole - 1).abs().max()) for part in parts) > 0.001  # one turn is an estimate


def test_another_head_gives_its_own_logits_of_the_same_tokens(
    head: torch.Tensor, states: torch.Tensor
) -> None:
    part = sampled(head, SIZE, 3, torch.tensor([900]))
    other = part.over(head * 2)
    assert part.ids is not None
    assert part.lift is not None
    torch.testing.assert_close(other.logits(states), 2 * (part.logits(states) - part.lift) + part.lift)
    assert Vocabulary(head).over(head * 2).logits(states).shape == (5, TOKENS)


def test_the_whole_vocabulary_has_each_token_at_its_own_place(head: torch.Tensor) -> None:
    assert Vocabulary(head).places(torch.tensor([3, 999])).tolist() == [3, 999]
