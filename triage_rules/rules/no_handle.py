"""A `created_by` that is no handle.

It is how a leaf is traced to a person years later, when its text is all that is left: a display name is shared by many.

Bad: `created_by: Ada Brandt`.  Good: `created_by: ada-brandt`.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.yaml_tree import clip

_HANDLE = re.compile(r"@?[^\W_](?:[\w.-]{0,98}[^\W_])?")


@rule(Weight.doubt, remedy="Write your handle on the forge, without a name or an address.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Look at leaves that the change adds; an older one keeps who wrote it first."""
    added = {file.path for file in contribution.files if file.status == "added"}
    for reading in contribution.readings:
        leaf = reading.leaf
        if leaf is None or reading.root is None or leaf.file not in added or leaf.created_by is None:
            continue
        place = Place(leaf.file, *reading.root.keys.get("created_by", (None, None)))
        empty = reading.root.children["created_by"].value == ""  # the rule schema says so
        if not empty and not is_handle(leaf.created_by):
            yield Hit(place, f"`{clip(leaf.created_by)}` is no handle.")


def is_handle(text: str) -> bool:
    """Does it look like a handle of a forge, with or without the sign before it?"""
    return _HANDLE.fullmatch(text) is not None
