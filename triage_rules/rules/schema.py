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
from triage_rules.unversioned import written_as
from triage_rules.yaml_tree import Node, clip

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
        yield from _asked(reading)


def _asked(reading: Reading) -> Iterator[Hit]:
    """The schema's complaints; where no version can be read, that first, then those of what it is meant as."""
    if reading.tree is None or reading.root is None or reading.version is None:
        return
    meant = written_as(reading)
    if meant is not None:
        yield _unversioned(reading, reading.root, meant)
    lines, offered = reading.tree.text.split("\n"), 0
    version, assumed = meant or reading.version, meant is not None
    for problem in schemas.problems(reading.root, version, reading.schema, assumed):
        if problem.keyword == "minItems" and problem.path == ("seed_examples",):
            continue
        place = Place(reading.path, problem.line, problem.column)
        fix = _fix(reading, lines, problem) if offered < MOST_OFFERED else None
        offered += fix is not None
        yield Hit(place, problem.message, problem.remedy, fix=fix)


def _unversioned(reading: Reading, root: Node, meant: int) -> Hit:
    line, column = root.keys.get("version", (root.line, root.column))
    if "version" in root.keys:
        given = root.value["version"]
        empty = "`version` is empty" if root.children["version"].kind == "null" else "`version` is no number"
        what = empty if given is None else f"`version: {clip(str(given))}` is no number"
        message, remedy = f"{what}; this is written as version {meant}.", f"Write `version: {meant}`."
    else:
        message = f"No version is declared, so it counts as 1; this is written as version {meant}."
        remedy = f"Write `version: {meant}` above the first key."
    return Hit(Place(reading.path, line, column), message, remedy, fix=raised(reading))


def _fix(reading: Reading, lines: list[str], problem: schemas.Problem) -> Fix | None:
    about_version = problem.path == ("version",) or "`version`" in problem.message
    if about_version and len(problem.path) <= 1:
        return raised(reading)
    return quoted(reading.root, lines, problem) if reading.root is not None else None
