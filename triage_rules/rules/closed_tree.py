"""A leaf in a tree that takes no contributions.

Foundational skills are kept by the project itself; a leaf there would be thrown away later. A contribution that
lies wholly in closed trees is rejected (close); where only a part of it does, it is asked to change (stop).

Bad: foundational_skills/reasoning/riddles/qna.yaml.  Good: compositional_skills/reasoning/riddles/qna.yaml.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule


class Settings(RuleSettings):
    """``closed``: folders, each with everything below it."""

    closed: tuple[str, ...] = ("foundational_skills",)


@rule(Weight.stop, Settings, remedy="Move the leaf to an open tree, or leave it out.", across=True)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Reject what lies in closed trees wholly; ask for changes where only a part does."""
    inside = [
        f
        for f in contribution.files
        if any(f.path.startswith(tree.rstrip("/") + "/") for tree in settings.closed)
    ]
    weight = Weight.close if inside and len(inside) == len(contribution.files) else None
    for file in inside:
        tree = file.path.split("/", 1)[0]
        yield Hit(Place(file.path), f"`{tree}` is closed for contributions.", weight=weight)
