"""lm-eval, the library, on items: the only file that imports it.

An own `LM` runs several questions in one pack, computes a question and the common beginnings of its choices once,
and starts from the cached trunk. Tasks are built in memory from frozen items; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import datasets
import torch
from lm_eval import evaluator
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

from eval_harness.items import Item
from eval_harness.job import Refused
from eval_harness.measure import greedy
from eval_harness.models import packs, prompt
from eval_harness.models.split import Split, Trunk

TASK = "upweight_items"
# hears of a group that is done: the places of its items, and what was said of each
Said: TypeAlias = Callable[[Sequence[int], Sequence[Any]], None]


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
            asked = [list(row.predictions(at)) for row, at in zip(rows, place.offsets, strict=True)]
            where = torch.tensor([i for row in asked for places, _ in row for i in places])
            target = torch.tensor([token for row in asked for _, tokens in row for token in tokens])
            places, at_place = torch.unique(where, return_inverse=True)  # choices share their beginnings
            logits = self.split.logits(self.split.tail(hidden, place, places))
            logits -= logits.amax(-1, keepdim=True)
            said = logits[at_place, target]
            greedy = said == 0.0
            said = said - logits.exp_().sum(-1).log()[at_place]
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
        """The greedy answer to each request, group by group. The whole model runs: an answer's own tokens are in no
        cached trunk."""
        groups: dict[str, list[int]] = {}
        for number, request in enumerate(requests):
            groups.setdefault(str(request.doc["group"]), []).append(number)
        found = [""] * len(requests)
        for members in groups.values():
            how = requests[members[0]].args[1]
            prompts = [requests[number].args[0] for number in members]
            said = greedy.answers(
                self.split.model, self.split.tokenizer, prompts, how["max_gen_toks"], how["until"]
            )
            for number, text in zip(members, said, strict=True):
                found[number] = text
            if self.said:
                self.said([int(requests[number].doc_id) for number in members], said)
        return found


def log_likelihoods(
    split: Split, trunk: Trunk | None, items: Sequence[Item], size: int, said: Said | None = None
) -> list[list[float]]:
    """The log-likelihood of every choice of every item, by our own model.

    `said` hears of each group, a leaf's items of one split, as soon as it is done.
    """
    return evaluated(PackedLM(split, trunk, size, said), split.tokenizer, items)


def evaluated(model: LM, tokenizer: Any, items: Sequence[Item]) -> list[list[float]]:
    """The log-likelihood of every choice of every item, by any model of lm-eval's."""
    form = prompt.of(tokenizer)
    documents = [
        {**_document(form, item), "choices": list(item.choices), "gold": item.answer} for item in items
    ]
    config = {"output_type": "multiple_choice", "doc_to_choice": "choices", "doc_to_target": "gold"}
    answers = _evaluated(model, documents, config)
    return [[float(answer[0]) for answer in each] for each in answers]


def written(split: Split, items: Sequence[Item], longest: int, said: Said | None = None) -> list[str]:
    """The answer to every item in the model's own words, of at most `longest` tokens; `said` as above."""
    form = prompt.of(split.tokenizer)
    documents = [{**_document(form, item), "target": "-"} for item in items]
    how = {"until": [form.end], "max_gen_toks": longest, "do_sample": False}
    config = {"output_type": "generate_until", "doc_to_target": "target", "generation_kwargs": how}
    return [str(each[0]) for each in _evaluated(PackedLM(split, None, 0, said), documents, config)]


def _document(form: prompt.Prompt, item: Item) -> dict[str, Any]:
    return {"group": f"{item.leaf} {item.split}", "text": form.text(item.question, item.context)}


def _evaluated(model: LM, documents: Sequence[dict[str, Any]], config: dict[str, Any]) -> list[list[Any]]:
    """What a model answered to each document of a task in memory; lm-eval, which fails on none, isn't asked then."""
    if not documents:
        return []
    task = {
        "task": TASK,
        "custom_dataset": lambda **_: datasets.DatasetDict({"test": datasets.Dataset.from_list(documents)}),
        "test_split": "test",
        "doc_to_text": "{{text}}",
        "target_delimiter": "",
        **config,
    }
    tasks = TaskManager(include_defaults=False).load([task])
    done = evaluator.evaluate(lm=model, task_dict=tasks, bootstrap_iters=0, log_samples=True)
    samples = sorted(done["samples"][TASK], key=lambda sample: int(sample["doc_id"]))
    return [sample["filtered_resps"] for sample in samples]


def documents_of(name: str, folder: Path | None) -> dict[str, list[tuple[str, list[str], Any]]]:
    """Of a task of lm-eval, or of each in a group: question, choices and right one of every document. Raises Refused.

    `folder` holds task files of one's own, which are looked for there alone.
    """
    try:
        tasks = TaskManager(include_path=folder, include_defaults=folder is None).load([name])["tasks"]
    except KeyError as error:
        where = folder or "what lm-eval brings along"
        raise Refused(f"{where} has no task {name!r}; `lm-eval ls tasks` lists what there is") from error
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        said = str(error).strip().splitlines()[:1]
        raise Refused(
            f"the data of {name} is not at hand ({' '.join(said)}); load it once where there is a network, into the "
            "folder that HF_HOME names, or name a folder of tasks with data of your own"
        ) from error
    found = {}
    for task_name, task in tasks.items():
        if task.OUTPUT_TYPE != "multiple_choice":
            raise Refused(f"{task_name} is no multiple choice, and a guard is; choose another task")
        found[task_name] = [
            (task.doc_to_text(doc), task.doc_to_choice(doc), task.doc_to_target(doc))
            for doc in task.eval_docs
        ]
    return found
