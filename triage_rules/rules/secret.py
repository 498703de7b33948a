"""A key or a token in a text.

What was pushed once is read by machines within minutes: the key is lost, and a model that learns it tells it to all.
Keys are known by the marks that their makers gave them, a password or an unmarked key by the name that it is given.
What is found is named by its kind and line and never repeated.

Bad: a private key, a forge's access token, `password = ` and a real one.  Good: `YOUR_TOKEN`, or nothing.
"""

from collections.abc import Iterator

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.secret_marks import looks_random, marked, may_be_real, named

_LONGEST = 256 * 1024


class Settings(RuleSettings):
    """``named``: the weight of what is only called a password or key and looks like one, which a lesson may have."""

    named: WeightName = "doubt"


@rule(Weight.stop, Settings, remedy="Take it out, and revoke it: it must be counted as known.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Search every file of the change that exists at the head, whatever it is; nothing found is repeated."""
    for file in contribution.files:
        if file.after is not None:
            yield from _in_file(file, Weight[settings.named])


def _in_file(file: ChangedFile, weight: Weight) -> Iterator[Hit]:
    text = (file.after or b"")[:_LONGEST].decode("utf-8", "replace")
    told: set[int] = set()
    for kind, start, value in marked(text):
        if may_be_real(value):
            told.add(line := text.count("\n", 0, start) + 1)
            yield Hit(Place(file.path, line), f"This line holds {kind}.")
    for start, value in named(text):
        line = text.count("\n", 0, start) + 1
        if line not in told and looks_random(value):
            told.add(line)
            message = "This line holds what is called a password or a key."
            yield Hit(Place(file.path, line), message, weight=weight)
