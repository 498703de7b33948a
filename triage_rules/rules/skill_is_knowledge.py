"""A skill that is really knowledge, or knowledge that is really a skill.

Facts are learned from a document, and a teacher without one makes them up; a task is learned from examples, and a
document does not help. Each tree has its own way to write more of what it is shown.

Bad: a skill that asks for capitals and founding years; knowledge that says "Write a haiku about snow."
Good: facts with their document below knowledge/; tasks below compositional_skills/.
"""

from collections.abc import Iterator

from triage_rules.asking import asks_a_fact, asks_how_to, is_task
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Count, Hit, RuleSettings, Share, rule
from triage_rules.taxonomy import Leaf


class Settings(RuleSettings):
    """``facts``: the share of a freeform skill's seeds that ask for facts from which it looks like knowledge;
    ``tasks``: the share of a knowledge leaf's seeds that are tasks from which it looks like a skill. Leaves of fewer
    than ``at_least`` seeds, and skills in folders that ``skilful`` names, are left alone."""

    facts: Share = 0.8
    tasks: Share = 0.6
    at_least: Count = 3
    skilful: tuple[str, ...] = (
        "reasoning", "logic", "mathematics", "math", "arithmetic", "riddles", "puzzles", "linguistics", "grammar",
        "roleplay", "jokes", "joke", "puns", "humor", "humour", "extraction", "translation", "classification",
        "etymology", "vocabulary",
    )  # fmt: skip


@rule(Weight.note, Settings, remedy="Ask a triager in which tree it belongs before you write more.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count what the questions of each leaf are after."""
    for leaf in contribution.leaves:
        if len(leaf.seeds) < settings.at_least:
            continue
        place = Place(leaf.file, leaf.seeds_line)
        if leaf.kind == "freeform" and leaf.path.startswith("compositional_skills/"):
            sure = sum(asks_a_fact(seed.question) for seed in leaf.seeds)
            facts = sure + sum(asks_how_to(seed.question) for seed in leaf.seeds)
            likely = facts >= settings.facts * len(leaf.seeds) and 2 * sure >= len(leaf.seeds)
            if likely and not _skilful(leaf, settings):
                message = f"{facts} of {len(leaf.seeds)} seeds ask for facts: this looks like knowledge, not a skill."
                yield Hit(
                    place, message, "Facts belong below knowledge/, with the document that they come from."
                )
        elif leaf.kind == "knowledge":
            tasks = sum(is_task(seed.question) for seed in leaf.seeds)
            if tasks >= settings.tasks * len(leaf.seeds):
                message = (
                    f"{tasks} of {len(leaf.seeds)} seeds are tasks: this looks like a skill, not knowledge."
                )
                yield Hit(place, message, "Tasks belong below compositional_skills/, without a document.")


def _skilful(leaf: Leaf, settings: Settings) -> bool:
    parts = leaf.path.casefold().replace("-", "_").replace("/", "_").split("_")
    return not set(settings.skilful).isdisjoint(parts)
