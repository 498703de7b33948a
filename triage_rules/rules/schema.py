"""A leaf that its own schema does not accept.

The generator reads leaves by the published schema of the version that they declare; a missing key breaks it.
The number of seeds is the business of the rule too-few-seeds.

Bad: a seed with an answer and no question.  Good: every key of the schema, each of its type, and none beside.
"""

from collections.abc import Iterator

from triage_rules import schemas
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.fix import Fix
from triage_rules.raising import quoted, raised
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import Reading

MOST_OFFERED = 500  # fixes of one file at a time; whoever makes them all looks again afterwards


@rule(Weight.fix, remedy="Change it to what the schema asks for.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Ask the schema, and say it at the node."""
    for reading in contribution.readings:
        if reading.tree is None:
            continue
        root = reading.tree.root
        if reading.root is None or reading.version is None:
            wrong = root is not None and root.value not in (None, "", {}, [])
            message = "The file holds no `key: value` lines." if wrong else "The file is empty."
            yield Hit(
                Place(reading.path, 1 if wrong else None),
                message,
                "Write the leaf's keys, `version: 3` first.",
            )
            continue
        lines, offered = reading.tree.text.split("\n"), 0
        for problem in schemas.problems(reading.root, reading.version, reading.schema):
            if problem.keyword == "minItems" and problem.path == ("seed_examples",):
                continue
            place = Place(reading.path, problem.line, problem.column)
            fix = _fix(reading, lines, problem) if offered < MOST_OFFERED else None
            offered += fix is not None
            yield Hit(place, problem.message, problem.remedy, fix=fix)


def _fix(reading: Reading, lines: list[str], problem: schemas.Problem) -> Fix | None:
    about_version = problem.path == ("version",) or "`version`" in problem.message
    if about_version and len(problem.path) <= 1:
        return raised(reading)
    return quoted(reading.root, lines, problem) if reading.root is not None else None
