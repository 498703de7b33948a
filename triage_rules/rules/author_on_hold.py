"""A contribution of an author who is on hold.

A maintainer has put the author's contributions on hold: until that is settled nothing of theirs is merged unseen. Why
is between them, and not told here.

Bad: an author whose id is listed.  Good: anybody else.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Facts, Hit, RuleSettings, rule


class Settings(RuleSettings):
    """``authors``: the ids by which the forge knows them, or their handles; an id stays when a handle changes."""

    authors: tuple[str, ...] = ()

    @property
    def looks(self) -> bool:
        """Is anybody on hold?"""
        return bool(self.authors)


@rule(
    Weight.doubt,
    Settings,
    remedy="A maintainer decides; ask them where you do not know why.",
    needs=("author",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Look the author up."""
    author = facts.told.author
    if author is None:
        return
    held = {each.casefold().lstrip("@") for each in settings.authors}
    if author.id.casefold() in held or author.handle.casefold() in held:
        yield Hit(Place(""), "Contributions of this author are on hold.")
