"""Seeds that are already in the taxonomy, or in another open contribution.

A leaf that is there twice is trained twice as hard, and its measuring items stop being unseen.

Bad: the leaf of an older contribution again, a few words changed.
Good: seeds of one's own, or an edit of that leaf.
"""

from collections.abc import Iterator, Mapping

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.index import Index, Near
from triage_rules.rule import Count, Facts, Hit, RuleSettings, Share, WeightName, rule
from triage_rules.taxonomy import Leaf, Seed
from triage_rules.words import same_template
from triage_rules.yaml_tree import clip


class Settings(RuleSettings):
    """``alike``, ``same``: what two seeds have in common of all words of their questions and answers.

    From ``alike`` on a seed is a doubt (a note where only a name differs, or both are one author's). Where ``share``
    of a leaf's seeds reach ``same``, the leaf is a duplicate: of the weight ``fix`` where the tree has it, ``open``
    where another open contribution does, of which nobody knows yet if it will be merged. Seeds of fewer than
    ``least_words`` different words are not compared.
    """

    alike: Share = 0.5
    same: Share = 0.9
    share: Share = 0.5
    least_words: Count = 5
    open: WeightName = "doubt"


@rule(
    Weight.doubt,
    Settings,
    remedy="Compare the two; keep what the other does not have.",
    needs=("seeds_index",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Ask the index for every seed; the leaf's own former state and its own pull request do not count."""
    if facts.seeds_index is None:
        return
    gone = {file.path: file.status == "deleted" for file in contribution.files}
    for leaf in contribution.leaves:
        close = [
            (s, n) for s in leaf.seeds if (n := _nearest(facts.seeds_index, s, contribution, gone, settings))
        ]
        same = [(seed, near) for seed, near in close if near.share >= settings.same]
        if leaf.seeds and len(same) >= settings.share * len(leaf.seeds):
            yield _duplicate(leaf, same, contribution.who, Weight[settings.open])
            continue
        doubts = [(s, n) for s, n in close if not _harmless(s, n, contribution.who)]
        if doubts:
            yield _alike(leaf, max(doubts, key=lambda pair: pair[1].share), len(doubts), None)
        elif close:
            yield _alike(leaf, max(close, key=lambda pair: pair[1].share), len(close), Weight.note)


def _nearest(
    index: Index, seed: Seed, contribution: Contribution, gone: Mapping[str, bool], settings: Settings
) -> Near | None:
    whole = _whole(seed)
    if len(set(whole.split())) < settings.least_words:
        return None
    others = (
        near
        for near in index.near(seed.question, seed.answer, settings.alike)
        if (
            near.known.pull != contribution.number and not gone.get(near.known.where)
            if near.known.pull is not None
            else near.known.where not in gone
        )
    )
    return max(others, key=lambda near: (near.share, -(near.known.pull or 0), near.known.where), default=None)


def _harmless(seed: Seed, near: Near, who: str | None) -> bool:
    """The same template with another entity, or the author's own earlier contribution."""
    known = near.known
    if known.pull is not None and known.author is not None and known.author == who:
        return True
    return same_template(_whole(seed), f"{known.question} {known.answer}")


def _whole(seed: Seed) -> str:
    return f"{seed.question} {seed.answer}"


def _place_of(near: Near) -> str:
    pull = near.known.pull
    return f"`{near.known.where}`" + (
        f" of contribution {pull}, which came first" if pull is not None else ""
    )


def _duplicate(leaf: Leaf, same: list[tuple[Seed, Near]], who: str | None, waiting: Weight) -> Hit:
    known = same[0][1].known
    if known.pull is not None and known.author is not None and known.author == who:
        message = (
            f"{len(same)} of {len(leaf.seeds)} seeds are in the same author's contribution {known.pull}."
        )
        return Hit(
            leaf.seed_place(same[0][0]), message, "Close the older one if this replaces it.", Weight.note
        )
    message = f"Duplicate: {len(same)} of {len(leaf.seeds)} seeds are already in {_place_of(same[0][1])}."
    weight = waiting if known.pull is not None else Weight.fix
    return Hit(leaf.seed_place(same[0][0]), message, "Propose a change to that leaf, or other seeds.", weight)


def _alike(leaf: Leaf, pair: tuple[Seed, Near], count: int, weight: Weight | None) -> Hit:
    seed, near = pair
    kind = "is built like" if weight is Weight.note else "is much like"
    more = f" ({count} seeds of this leaf are)" if count > 1 else ""
    message = f"`{clip(seed.question)}` {kind} a seed of {_place_of(near)}{more}."
    return Hit(leaf.seed_place(seed), message, weight=weight)
