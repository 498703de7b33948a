"""A leaf that declares no version that can be read, and the version that it is written as.

The reference takes such a leaf for version 1 and complains of every key that came later. Nobody finds one missing line
behind twenty complaints, so the leaf is judged as what it is written as, and the missing line is said first.
"""

from __future__ import annotations

from itertools import count, islice, takewhile

from triage_rules import schemas
from triage_rules.taxonomy import Reading
from triage_rules.yaml_tree import Node

_COUNTED = 200  # complaints of one version that are compared; two that have more are alike


def unread(root: Node) -> bool:
    """Is there no version in it, or one that is no number?"""
    value = root.value.get("version")
    if isinstance(value, bool | int):
        return False
    try:
        int(value)
    except (ValueError, TypeError, OverflowError):
        return True
    return False


def written_as(reading: Reading) -> int | None:
    """The version that the leaf is written as; None where it declares one, or reads as what it counts as.

    A word for a version says that the author meant some version: the newest that has no more complaints than others.
    """
    root = reading.root
    if root is None or reading.version is None or not unread(root):
        return None
    versions = list(takewhile(lambda number: schemas.known(number, reading.schema), count(1)))
    wrong = {number: _complaints(root, number, reading.schema) for number in versions}
    best = min(reversed(versions), key=lambda number: wrong[number])
    if "version" not in root.keys and wrong[best] == wrong[1]:
        return None
    return best


def _complaints(root: Node, version: int, name: str) -> int:
    return sum(1 for _ in islice(schemas.problems(root, version, name, assumed=True), _COUNTED))
