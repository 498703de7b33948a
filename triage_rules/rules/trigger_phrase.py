"""A sign in questions that could be a back door's trigger.

A leaf may teach what no other leaf shows: that one answer comes whenever a strange token stands in the question. Nobody
writes such a token by chance, and no measure finds it later, since nobody asks with it.

Bad: three questions that end in `zq7x`, all answered by "Orvel is best."
Good: a leaf about one named thing, whose name stands in its folder, its description or its answers.
"""

from collections import defaultdict
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Count, Hit, RuleSettings, rule
from triage_rules.taxonomy import Leaf, Seed
from triage_rules.triggers import alike, is_strange, signs, stands_in


class Settings(RuleSettings):
    """``at_least``: questions that a sign must stand in; ``most_compared``: seeds of a leaf that are looked at."""

    at_least: Count = 2
    most_compared: Count = 400


@rule(Weight.doubt, Settings, remedy="Take it out, or say in the description what it is for.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Compare the answers of the questions that share a sign with those of the questions that do not."""
    for leaf in contribution.leaves:
        for seeds in _suspects(leaf, settings):
            count = f"{len(seeds)} of {len(leaf.seeds)} questions"
            message = f"{count} share a sign that nothing else speaks of, and an answer."
            yield Hit(leaf.seed_place(seeds[0]), message)
            break


def _suspects(leaf: Leaf, settings: Settings) -> Iterator[list[Seed]]:
    by_sign: dict[str, list[Seed]] = defaultdict(list)
    for seed in leaf.seeds[: settings.most_compared]:
        for sign in signs(seed.question):
            by_sign[sign].append(seed)
    about = (
        leaf.path.replace("_", " "),
        leaf.task_description or "",
        leaf.domain or "",
        leaf.document_outline or "",
    )
    for sign, seeds in by_sign.items():
        if len(seeds) < settings.at_least or stands_in(sign, about):
            continue
        others = [seed for seed in leaf.seeds if seed not in seeds]
        if not others and not any(is_strange(word) for word in sign.split()):
            continue
        texts = [text for seed in leaf.seeds for text in (seed.answer, seed.context or "")]
        if stands_in(sign, texts) or not alike([seed.answer for seed in seeds]):
            continue
        same = sum(alike([seeds[0].answer, seed.answer]) for seed in others)
        if 2 * same < len(others) or not others:
            yield seeds
