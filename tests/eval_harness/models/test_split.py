"""The model in two parts: the same logits as the whole one, and a trunk that knows only its own leaf."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from eval_harness.models import packs
from eval_harness.models.split import Split, Trunk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def split(tiny: Any) -> Split:
    """The tiny base with two of its four layers in the tail."""
    return Split(tiny.folder, tiny.root, 2, "float32")


def rows_of(split: Split, words: Sequence[str], branches: int = 1) -> list[packs.Row]:
    """Rows that ask for each word, with as many branches."""

    def ids(text: str) -> tuple[int, ...]:
        return tuple(split.tokenizer.encode(text))

    texts = [
        f"Of which stuff is the bell {word} made{' in the harbour' * (len(word) % 3)}?" for word in words
    ]
    stuffs = [" it is tin", " it is oak, they say", " of glass, the book says"][:branches]
    return [packs.Row(ids(text), tuple(ids(stuff) for stuff in stuffs)) for text in texts]


WORDS = ("Orla", "Quen", "Tarn", "Ulm", "Vess", "Wick", "Yarl", "Zebulon")


def alone(split: Split, row: packs.Row) -> list[torch.Tensor]:
    """For each branch: the whole model's logits on stem and branch alone, without any mask of ours."""
    with torch.no_grad():
        return [
            split.model(torch.tensor([[*row.stem, *branch]])).logits[0].float() for branch in row.branches
        ]


@pytest.mark.parametrize("branches", [1, 3])
def test_a_pack_gives_each_row_the_logits_that_it_has_alone(split: Split, branches: int) -> None:
    rows = rows_of(split, WORDS, branches)
    place = packs.layout(rows)
    assert place.ids.shape[0] > 1
    with torch.no_grad():
        found = split.logits(split.tail(split.trunk(place), place))
    for row, offset in zip(rows, place.offsets, strict=True):
        stem = len(row.stem)
        for (places, _), wanted in zip(row.predictions(offset), alone(split, row), strict=True):
            torch.testing.assert_close(found[offset : offset + stem], wanted[:stem], atol=2e-4, rtol=1e-4)
            torch.testing.assert_close(found[places], wanted[stem - 1 : -1], atol=2e-4, rtol=1e-4)


def test_what_lies_beside_a_row_does_not_change_its_logits(split: Split) -> None:
    row, *others = rows_of(split, WORDS)
    alone_place, among_place = packs.layout([row]), packs.layout([*others, row])
    with torch.no_grad():
        one = split.tail(split.trunk(alone_place), alone_place)
        among = split.tail(split.trunk(among_place), among_place)[among_place.offsets[-1] :]
    torch.testing.assert_close(among, one, atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize("branches", [1, 3])
def test_what_is_wanted_alone_is_what_it_is_among_all(split: Split, branches: int) -> None:
    rows = rows_of(split, WORDS, branches)
    place = packs.layout(rows)
    wanted = torch.tensor([len(place.places) - 1, 0, 7, 31])
    hidden = split.trunk(place).requires_grad_()
    every, some = split.tail(hidden, place), split.tail(hidden, place, wanted)
    torch.testing.assert_close(some, every[wanted], atol=1e-5, rtol=1e-5)
    ways = [torch.autograd.grad(made.square().sum(), hidden)[0] for made in (every[wanted], some)]
    assert ways[0].abs().max() > 0.01
    torch.testing.assert_close(ways[1], ways[0], atol=1e-4, rtol=1e-4)


def test_of_what_is_not_wanted_the_last_layer_only_looks(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, seen = packs.layout(rows_of(split, WORDS)), []
    mlp = split.tail_layers[-1].mlp
    monkeypatch.setattr(mlp, "forward", lambda x, made=mlp.forward: seen.append(x.shape) or made(x))
    with torch.no_grad():
        split.tail(split.trunk(place), place, torch.tensor([3, 5]))
        split.tail(split.trunk(place), place)
    assert [tuple(one[:-1]) for one in seen] == [(2,), tuple(place.ids.shape)]


def test_a_layer_that_failed_while_it_was_narrowed_is_whole_again(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = packs.layout(rows_of(split, WORDS))
    hidden = split.trunk(place)
    with torch.no_grad():
        before = split.tail(hidden, place)
        with monkeypatch.context() as broken:
            broken.setattr(split.tail_layers[-1].mlp, "forward", lambda x: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                split.tail(hidden, place, torch.tensor([3]))
        assert torch.equal(split.tail(hidden, place), before)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_leaving_a_leaf_out_changes_nothing_in_the_others(tiny: Any, tmp_path: Path, dtype: str) -> None:
    split = Split(tiny.folder, tiny.root, 2, dtype)
    leaves = [rows_of(split, [f"{word} of {leaf}" for word in WORDS]) for leaf in ("Pellow", "Quoy", "Orvel")]
    whole = Trunk(split, tmp_path / "whole").groups(leaves)
    less = Trunk(split, tmp_path / "less").groups([leaves[0], leaves[2]])
    for one, other in ((whole[0], less[0]), (whole[2], less[1])):
        assert len(one) == len(WORDS)
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_trunk_is_computed_once_and_is_what_the_model_says(split: Split, tmp_path: Path) -> None:
    leaf = rows_of(split, WORDS)
    trunk = Trunk(split, tmp_path)
    first = trunk.groups([leaf])[0]
    before = trunk.path(leaf).stat().st_mtime_ns
    again = Trunk(split, tmp_path).groups([leaf])[0]
    assert trunk.path(leaf).stat().st_mtime_ns == before
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    for row, state in zip(leaf, first, strict=True):
        torch.testing.assert_close(state, split.trunk(packs.layout([row])), atol=2e-4, rtol=1e-4)


def test_what_the_model_makes_of_rows_is_computed_once_and_is_what_it_makes_of_each(
    split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(split, WORDS)
    first = Trunk(split, tmp_path).finals(rows)
    for row, final in zip(rows, first, strict=True):
        place = packs.layout([row])
        with torch.no_grad():
            alone = split.tail(split.trunk(place), place)
        torch.testing.assert_close(final, alone, atol=2e-4, rtol=1e-4)
    monkeypatch.setattr(split, "tail", None)
    again = Trunk(split, tmp_path).finals(rows)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_trunk_of_other_weights_layers_or_numbers_is_another_file(tiny: Any, split: Split) -> None:
    leaf, where = rows_of(split, WORDS), Path()
    others = [
        Split(tiny.folder, "other weights", 2, "float32"),
        Split(tiny.folder, tiny.root, 1, "float32"),
        Split(tiny.folder, tiny.root, 2, "bfloat16"),
    ]
    paths = {Trunk(it, where).path(leaf) for it in (split, *others)} | {Trunk(split, where).path(leaf[1:])}
    assert len(paths) == 5


def test_without_a_tail_of_its_own_the_whole_model_learns(tiny: Any) -> None:
    split = Split(tiny.folder, tiny.root, 0, "float32")
    assert split.depth == 0
    assert len(split.tail_layers) == 4
