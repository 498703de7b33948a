"""A document that is not pinned to what was read.

A branch moves: the text that was cited today is another one when the next release is built, and nobody can check the
answers against it.

Bad: `commit: main`.  Good: the full hash of a commit, and patterns that name files.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import Reading
from triage_rules.yaml_tree import clip

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_PART = re.compile(r"[0-9a-f]{7,63}", re.IGNORECASE)


@rule(Weight.doubt, remedy="Write the full hash, as `git rev-parse HEAD` prints it.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Look at the `document` of every knowledge leaf."""
    for reading in contribution.readings:
        document = reading.root.children.get("document") if reading.root is not None else None
        commit = document.children.get("commit") if document is not None else None
        if document is None or commit is None or commit.value is None or _FULL.fullmatch(str(commit.value)):
            continue
        line, column = document.keys.get("commit", (commit.line, commit.column))
        yield _hit(reading, str(commit.value), line, column)


def _hit(reading: Reading, commit: str, line: int, column: int) -> Hit:
    place = Place(reading.path, line, column)
    if _PART.fullmatch(commit):
        return Hit(place, f"`{clip(commit)}` is a part of a commit's hash.", weight=Weight.note)
    return Hit(place, f"`{clip(commit)}` is no commit's hash.")
