"""A leaf in a version of the schema that the community takes no more.

Newer versions carry what the generator needs: from 3 on, knowledge holds its contexts and an outline.

Bad: a knowledge leaf with `version: 1`.  Good: `version: 3`, with the keys of that version.
"""

from collections.abc import Iterator

from triage_rules import schemas
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.raising import raised
from triage_rules.rule import Count, Hit, RuleSettings, rule
from triage_rules.unversioned import written_as


class Settings(RuleSettings):
    """The oldest version that is taken, for each of the two schemas."""

    knowledge_at_least: Count = 3
    skill_at_least: Count = 1


@rule(Weight.fix, Settings, remedy="Lift the leaf to version 3: `upweight migrate` begins it.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Compare the declared version of every leaf that was read; where the line alone lacks, the rule schema tells."""
    for reading in contribution.readings:
        root, version = reading.root, reading.version
        if root is None or version is None or not schemas.known(version, reading.schema):
            continue
        least = settings.knowledge_at_least if reading.schema == "knowledge" else settings.skill_at_least
        if version < least and (written_as(reading) or version) < least:
            line, column = root.keys.get("version", (1, 1))
            kind = "Knowledge" if reading.schema == "knowledge" else "A skill"
            yield Hit(
                Place(reading.path, line, column),
                f"{kind} of version {version}; {least} is the oldest taken.",
                fix=raised(reading),
            )
