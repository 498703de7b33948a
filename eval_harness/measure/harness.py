"""lm-eval, the library, on items: the only file that imports it.

An own `LM` runs several questions in one pack, computes a question and the common beginnings of its choices once,
and starts from the cached trunk. Tasks are built in memory from frozen items; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import datasets
import torch
from lm_eval import evaluator
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

from eval_harness.items import Item
from eval_harness.models import packs, prompt
from eval_harness.models.split import Split, Trunk

TASK = "upweight_items"
Said: TypeAlias = Callable[
    [Sequence[int], Sequence[list[float]]], None
]  # places of a group's items, likelihoods


def encode(tokenizer: Any, context: str, continuation: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Token ids of context and continuation, cut as lm-eval's own model does it: trailing white space of the
    context belongs to the continuation."""
    kept = context.rstrip()
    whole = tokenizer.encode(context + continuation, add_special_tokens=False)
    stem = tokenizer.encode(kept, add_special_tokens=False)
    return tuple(stem), tuple(whole[len(stem) :])


class PackedLM(LM):  # type: ignore[misc]
    """Log-likelihoods of continuations, several texts in a pack, over a shared trunk."""

    def __init__(self, split: Split, trunk: Trunk | None, size: int, said: Said | None = None) -> None:
        super().__init__()
        self.split, self.trunk, self.size, self.said = split, trunk, size, said

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """(sum of log-probabilities, is it the greedy one) for each request, in order."""
        rows: list[packs.Row] = []
        owners: list[list[int]] = []
        last: tuple[int, ...] | None = None
        document: Any = None
        for number, request in enumerate(requests):
            stem, branch = encode(self.split.tokenizer, *request.args)
            if stem == last and request.doc_id == document:
                rows[-1] = packs.Row(stem, (*rows[-1].branches, branch))
                owners[-1].append(number)
            else:
                rows.append(packs.Row(stem, (branch,)))
                owners.append([number])
            last, document = stem, request.doc_id
        found: list[tuple[float, bool]] = [(0.0, False)] * len(requests)
        for owner, scores in zip(owners, self.score(rows, requests, owners), strict=True):
            for number, score in zip(owner, scores, strict=True):
                found[number] = score
        return found

    def score(
        self, rows: list[packs.Row], requests: list[Instance], owners: list[list[int]]
    ) -> list[list[tuple[float, bool]]]:
        """Scores by row and branch.

        A leaf's search items share fixed packs, and so do its confirm items: a run that is measured on
        search items alone gets the same numbers.
        """
        leaves: dict[str, list[int]] = {}
        for index, owner in enumerate(owners):
            leaves.setdefault(str(requests[owner[0]].doc["group"]), []).append(index)
        groups = [[rows[i] for i in members] for members in leaves.values()]
        states = self.trunk.groups(groups) if self.trunk else [None] * len(groups)
        found: list[list[tuple[float, bool]]] = [[] for _ in rows]
        for members, group, state in zip(leaves.values(), groups, states, strict=True):
            for pack in packs.next_fit([len(row) for row in group], self.size):
                scores = self._pack([group[i] for i in pack], state and [state[i] for i in pack])
                for i, score in zip(pack, scores, strict=True):
                    found[members[i]] = score
            if self.said:
                self._tell(members, requests, owners, found)
        return found

    def _tell(
        self,
        members: Sequence[int],
        requests: list[Instance],
        owners: list[list[int]],
        found: list[list[tuple[float, bool]]],
    ) -> None:
        """Hand on a group that is done; an item may lie in two rows where its choices cut the question apart."""
        likelihoods: dict[int, list[float]] = {}
        for row in members:
            place = int(requests[owners[row][0]].doc_id)
            likelihoods.setdefault(place, []).extend(score for score, _ in found[row])
        assert self.said
        self.said(list(likelihoods), list(likelihoods.values()))

    def _pack(self, rows: Sequence[packs.Row], states: Any) -> list[list[tuple[float, bool]]]:
        place = packs.layout(rows)
        with torch.no_grad():
            hidden = torch.cat(states) if states else self.split.embed(place)
            final = self.split.tail(hidden, place)
            asked = [list(row.predictions(at)) for row, at in zip(rows, place.offsets, strict=True)]
            where = torch.tensor([i for row in asked for places, _ in row for i in places])
            target = torch.tensor([token for row in asked for _, tokens in row for token in tokens])
            places, at_place = torch.unique(where, return_inverse=True)  # choices share their beginnings
            logits = torch.log_softmax(self.split.logits(final[places]), -1)
            said = logits[at_place, target]
            greedy = logits.argmax(-1)[at_place] == target
        found, at = [], 0
        for row in asked:
            scores = []
            for _, tokens in row:
                scores.append(
                    (
                        float(said[at : at + len(tokens)].double().sum()),
                        bool(greedy[at : at + len(tokens)].all()),
                    )
                )
                at += len(tokens)
            found.append(scores)
        return found

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = False) -> list[float]:
        """Not what this model is for."""
        raise NotImplementedError("items are multiple choice; nothing rolls")

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:
        """Not what this model is for."""
        raise NotImplementedError("items are multiple choice; nothing is generated")


def log_likelihoods(
    split: Split, trunk: Trunk | None, items: Sequence[Item], size: int, said: Said | None = None
) -> list[list[float]]:
    """The log-likelihood of every choice of every item, by way of lm-eval's evaluator.

    `said` hears of each group, a leaf's items of one split, as soon as it is done.
    """
    if not items:
        return []
    form = prompt.of(split.tokenizer)
    documents = [
        {
            "group": f"{i.leaf} {i.split}",
            "text": form.text(i.question, i.context),
            "choices": list(i.choices),
            "gold": i.answer,
        }
        for i in items
    ]
    config = {
        "task": TASK,
        "custom_dataset": lambda **_: datasets.DatasetDict({"test": datasets.Dataset.from_list(documents)}),
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{text}}",
        "doc_to_choice": "choices",
        "doc_to_target": "gold",
        "target_delimiter": "",
    }
    tasks = TaskManager(include_defaults=False).load([config])
    done = evaluator.evaluate(
        lm=PackedLM(split, trunk, size, said), task_dict=tasks, bootstrap_iters=0, log_samples=True
    )
    samples = sorted(done["samples"][TASK], key=lambda sample: int(sample["doc_id"]))
    return [[float(answer[0]) for answer in sample["filtered_resps"]] for sample in samples]
