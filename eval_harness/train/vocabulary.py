"""The part of a large vocabulary that a step looks at.

Of a small model with a large vocabulary the last product costs as much as several layers. A step needs the logits of
what was said, and of all others together how much they weigh. So it looks at tokens that it knows to matter, at the
commonest, and by turns at a part of the rest, each of which stands for those between: sampled softmax (Bengio and
Senécal, 2003), with an even comb for a lot.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Vocabulary:
    """Tokens of a model's vocabulary, all of it or a part.

    head: [N, width], their rows of the last product; ids: [N], ascending; lift: [N], the logarithm of how many tokens
    each stands for. Without ids it is the whole vocabulary.
    """

    head: torch.Tensor
    ids: torch.Tensor | None = None
    lift: torch.Tensor | None = None

    def logits(self, normed: torch.Tensor) -> torch.Tensor:
        """[T, width] -> [T, N] in float32, whose softmax is that of the whole vocabulary or an estimate of it."""
        found = functional.linear(normed, self.head).float()
        return found if self.lift is None else found + self.lift

    def places(self, tokens: torch.Tensor) -> torch.Tensor:
        """Where among the N these tokens are; all of them must be."""
        return tokens if self.ids is None else torch.searchsorted(self.ids, tokens)

    def over(self, whole: torch.Tensor) -> Vocabulary:
        """The same tokens of another head, [vocabulary, width]."""
        head = whole if self.ids is None else whole.index_select(0, self.ids)
        return Vocabulary(head, self.ids, self.lift)


def sampled(whole: torch.Tensor, size: int, turn: int, known: torch.Tensor) -> Vocabulary:
    """About `size` tokens of a head of more, and those that are `known` to matter.

    Half of them are the commonest, which byte pair encoding numbers first; half are a comb through the rest, which
    begins elsewhere at each turn, so that some turns see every token.
    """
    common = size // 2
    stride = (
        math.ceil((len(whole) - common) / (size - common)) | 1
    )  # odd: what comes every other turn meets all
    sure = torch.unique(torch.cat([torch.arange(common), known]))
    comb = torch.arange(common + turn % stride, len(whole), stride)
    ids = torch.unique(torch.cat([sure, comb]))
    drawn = ~torch.isin(ids, sure)
    lift = drawn * math.log((len(whole) - len(sure)) / max(1, int(drawn.sum())))
    return Vocabulary(whole, ids, lift).over(whole)
