"""The leaf of a tutorial once more.

Whoever learns to contribute writes the leaf of the guide, and that is how it should be. It need not be taught to the
model again, though: many people have sent the same one.

Bad: the guide's seeds on the Phoenix constellation, sent in.  Good: the guide's way, and a subject of one's own.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Count, Hit, RuleSettings, Share, rule
from triage_rules.taxonomy import Leaf


class Tutorial(BaseModel):
    """One guide's leaf: what it is called, and groups of words of which a seed must have one wholly."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    words: tuple[tuple[str, ...], ...]


DEFAULT = (
    Tutorial(name="the Phoenix constellation", words=(("phoenix", "constellation"), ("phoenix", "stars"))),
    Tutorial(
        name="words that rhyme",
        words=(("rhyme with", "horn"), ("rhyme with", "cone"), ("rhyme with", "stack")),
    ),
    Tutorial(name="the table of dog breeds", words=(("breed", "most energy"), ("breed", "barking", "energy"))),
    Tutorial(name="the black-capped chickadee", words=(("black-capped", "chickadee"),)),
    Tutorial(name="the tonsils", words=(("tonsils", "immune system"), ("palatine", "tonsils"), ("tonsillectomy",))),
    Tutorial(name="the 96th Academy Awards", words=(("96th", "academy awards"), ("oppenheimer", "academy award"))),
    Tutorial(name="the insurance claims of Parasol", words=(("parasol", "claim"), ("parasol", "insurance"))),
    Tutorial(
        name="the lamps of Nordhaven",
        words=(("lamp", "north mole"), ("lamp", "rapeseed"), ("white lamp", "pilot"), ("red lamp", "the water"),
               ("lights the white lamp",)),
    ),
)  # fmt: skip


class Settings(RuleSettings):
    """``tutorials``: the leaves of guides; a policy that gives some replaces the list. ``share``: of a leaf's seeds."""

    tutorials: tuple[Tutorial, ...] = DEFAULT
    share: Share = 0.6
    at_least: Count = 3


@rule(
    Weight.note,
    Settings,
    remedy="Well done. For the model, choose a subject that you know better than others do.",
)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count the seeds of each added leaf that a tutorial has too."""
    for leaf in contribution.leaves:
        texts = [f"{seed.question} {seed.answer}".casefold() for seed in leaf.seeds]
        whole = "\n".join(texts)
        for tutorial in settings.tutorials:
            told = sum(_is_of(text, tutorial) for text in texts) if _is_of(whole, tutorial) else 0
            if told >= max(settings.at_least, settings.share * len(leaf.seeds)):
                yield Hit(_where(leaf), f"This looks like the leaf of a tutorial: {tutorial.name}.")
                break


def _is_of(text: str, tutorial: Tutorial) -> bool:
    return any(all(word in text for word in group) for group in tutorial.words)


def _where(leaf: Leaf) -> Place:
    return Place(leaf.file, leaf.seeds_line)
