"""Two answers to the same question that cannot both be true.

A model trained on both learns neither, and the leaf that was right before gets worse.

Bad: "In which town is the lamp? In Orvel." beside a leaf that says "In Tarn."
Good: one answer, with its source.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.index import Known
from triage_rules.rule import Facts, Hit, RuleSettings, WeightName, rule
from triage_rules.schemas import schema_name
from triage_rules.taxonomy import Leaf, Seed
from triage_rules.words import STOP, asks, exclude_each_other, normal, polarity, words
from triage_rules.yaml_tree import clip


class Settings(RuleSettings):
    """``open``: the weight of a clash with another open contribution, of which nobody knows yet if it is merged."""

    open: WeightName = "doubt"


_MOST = 30  # seeds with the same question that one is compared with: whoever asks more often is not answered sooner


@rule(
    Weight.stop,
    Settings,
    remedy="Find out which answer is right, and change the other.",
    needs=("seeds_index",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Compare within the contribution always, with the known seeds where their index is at hand."""
    gone = {file.path for file in contribution.files}
    before: dict[str, list[tuple[Leaf, Seed]]] = {}
    for leaf in contribution.leaves:
        for seed in leaf.seeds:
            own = before.setdefault(normal(seed.question), [])
            # a task has many answers, and none of them excludes another
            excludes = asks(seed.question) or polarity(seed.answer) != 0
            rivals = own if excludes else []
            clash = next((pair for pair in rivals if _clash(leaf.file, seed, pair[0].file, pair[1])), None)
            if clash is not None:
                where = f"line {clash[1].line}" + (
                    "" if clash[0].file == leaf.file else f" of `{clash[0].file}`"
                )
                yield Hit(leaf.seed_place(seed), f"{_says(seed)} is answered otherwise in {where}.")
            if len(own) < _MOST:
                own.append((leaf, seed))
            if facts.seeds_index is not None and excludes:
                asked = facts.seeds_index.asked(seed.question, seed.context)
                others = islice(_others(asked, contribution, gone), _MOST)
                yield from _known(leaf, seed, others, Weight[settings.open])


def _others(asked: Iterable[Known], contribution: Contribution, gone: set[str]) -> Iterator[Known]:
    for known in asked:
        if known.pull != contribution.number if known.pull is not None else known.where not in gone:
            yield known


def _known(leaf: Leaf, seed: Seed, others: Iterable[Known], open: Weight) -> Iterator[Hit]:
    """The first clash with what is merged; else with what is only open."""
    maybe: Known | None = None
    for known in others:
        if _clash(leaf.file, seed, known.where, known):
            if known.pull is None:
                yield _otherwise(leaf, seed, known, None)
                return
            maybe = maybe or known
    if maybe is not None:
        yield _otherwise(leaf, seed, maybe, open)


def _otherwise(leaf: Leaf, seed: Seed, known: Known, weight: Weight | None) -> Hit:
    whose = f"`{known.where}`" + (f" of contribution {known.pull}" if known.pull is not None else "")
    remedy = "Compare the two; both may be true of what they tell of." if weight is not None else ""
    return Hit(leaf.seed_place(seed), f"{_says(seed)} is answered otherwise in {whose}.", remedy, weight)


def _clash(here: str, a: Seed, there: str, b: Seed | Known) -> bool:
    """Of a skill the context is part of the question; of knowledge it is the evidence, and may differ."""
    if normal(a.context or "") != normal(b.context or ""):
        facts = schema_name(here, None) == schema_name(there, None) == "knowledge"
        if not facts or len(set(words(a.question)) - STOP) < 3:
            return False
    return exclude_each_other(a.question, a.answer, b.answer)


def _says(seed: Seed) -> str:
    return f"`{clip(seed.question, 60)}`"
