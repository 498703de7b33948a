"""A `created_by` that is another's handle than the author's.

It is how a leaf is traced to a person years later: another's handle credits the wrong one. A team may push for its
members, so it is worth knowing and no more.

Bad: `created_by: ines-holt` in what Ada Brandt pushes.  Good: `created_by: ada-brandt`.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Facts, Hit, RuleSettings, rule
from triage_rules.rules.no_handle import is_handle
from triage_rules.yaml_tree import clip


@rule(
    Weight.note,
    remedy="Write your own handle, or say for whom you push.",
    needs=("author",),
)
def check(contribution: Contribution, settings: RuleSettings, facts: Facts) -> Iterator[Hit]:
    """Look at leaves that the change adds; an older one keeps who wrote it first."""
    author = facts.told.author
    added = {file.path for file in contribution.files if file.status == "added"}
    for reading in contribution.readings if author is not None else ():
        leaf = reading.leaf
        if leaf is None or reading.root is None or leaf.file not in added or not leaf.created_by:
            continue
        if (
            author is not None
            and is_handle(leaf.created_by)
            and _same(leaf.created_by) not in map(_same, (author.handle, *author.beside))
        ):
            place = Place(leaf.file, *reading.root.keys.get("created_by", (None, None)))
            yield Hit(place, f"`{clip(leaf.created_by)}` is another's handle than the author's.")


def _same(handle: str) -> str:
    return handle.lstrip("@").casefold()
