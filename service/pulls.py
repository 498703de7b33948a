"""Pull requests of a repository judged from its Git objects, a line of the triage contract for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.facts.listings import in_tree, listings
from service.facts.mirror import documents_of
from service.facts.seeds import beside
from service.git.read import POLICY_PATH, commit_at, contribution, merge_base, read_blob
from triage_rules.facts import Told
from triage_rules.index import Index, SeedsIndex
from triage_rules.judge import judge
from triage_rules.policy import Policy
from triage_rules.rule import Facts

if TYPE_CHECKING:
    import pygit2

Choose = Callable[[bytes | None], Policy]  # from the policy file of the base branch, None where there is none


def number_of(ref: str) -> int | None:
    """The number of a pull request by its ref, such as refs/pull/12/head."""
    return next((int(part) for part in ref.split("/") if part.isdigit()), None)


def pulls(
    repository: pygit2.Repository, pattern: str, into: str, choose: Choose, documents: Path | None = None
) -> Iterator[dict[str, Any]]:
    """A line for each pull request, by number; earlier ones count as known to later ones. Raises NoSuchRevision.

    Each is held against the tree that it began from, not against the newest: what was merged is no duplicate of itself.
    """
    tip = commit_at(repository, into)
    policy = choose(read_blob(repository, tip, POLICY_PATH))
    refs = [ref for ref in repository.references if fnmatchcase(ref, pattern)]
    seeds, earlier = beside(repository), SeedsIndex()
    seeds.standing(repository, tip)  # what is new in the tree since last time is no pull request's time
    for ref in sorted(refs, key=lambda each: (number_of(each) or 0, each)):
        began = time.perf_counter()
        new = commit_at(repository, ref)
        old = merge_base(repository, tip, new) or tip
        with seeds.index(repository, old) as tree:
            known = SeedsIndex.over(tree, earlier)
            line = _judged(
                repository, str(old.id), str(new.id), number_of(ref), policy, known, earlier, began, documents
            )
        yield line


def one_range(
    repository: pygit2.Repository,
    base: str | None,
    head: str,
    into: str,
    choose: Choose,
    documents: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """The one line of a range; without a base, from where it left `into`, by that tip. Raises NoSuchRevision."""
    new, tip = commit_at(repository, head), commit_at(repository, into if base is None else base)
    known = beside(repository).standing(repository, tip)
    began = time.perf_counter()
    old = tip if base is not None else merge_base(repository, tip, new) or tip
    policy = choose(read_blob(repository, tip, POLICY_PATH))
    yield _judged(repository, str(old.id), str(new.id), None, policy, known, None, began, documents)


def _judged(
    repository: pygit2.Repository, base: str, head: str, number: int | None, policy: Policy,
    known: Index, earlier: SeedsIndex | None, began: float, documents: Path | None,
) -> dict[str, Any]:  # fmt: skip
    """One judgement as a line of the contract; the leaves are then known to those that follow."""
    judged = contribution(repository, base, head, number=number)
    there = listings(in_tree(commit_at(repository, base).tree), judged.files)
    verdict = judge(judged, policy, Facts(known, Told(documents_of(documents, judged)), there))
    if earlier is not None:
        for leaf in judged.leaves:
            earlier.add_leaf(leaf, number, judged.who)
    took = round((time.perf_counter() - began) * 1000, 2)
    return {
        "pull": number,
        "head": judged.head,
        "base": judged.base,
        **verdict.to_json(),
        "milliseconds": took,
    }
