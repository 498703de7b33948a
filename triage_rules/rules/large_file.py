"""A file larger than a leaf needs.

Whatever was merged once is in every clone for ever, and nobody reads a file of a thousand pages before approving it.

Bad: a qna.yaml of 400 kB; ten documents of a megabyte.  Good: the seeds; the document in its own repository.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import is_leaf_yaml
from triage_rules.yaml_tree import MAX_BYTES

_KILO = 1024


class Settings(RuleSettings):
    """``at_most``: kB of one file that is added or changed; ``altogether``: of all of them."""

    at_most: int = 128
    altogether: int = 1024


@rule(Weight.fix, Settings, remedy="Take out what the seeds do not need.", across=True)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count the bytes at the head; of a file over a megabyte only the first one is read, and counts."""
    whole = 0
    for file in contribution.files:
        size = len(file.after or b"")
        whole += size
        refused = is_leaf_yaml(file.path) and size > MAX_BYTES  # the reader has said so
        if size > settings.at_most * _KILO and not refused:
            yield Hit(
                Place(file.path), f"The file has {-(-size // _KILO)} kB; {settings.at_most} are the limit."
            )
    if whole > settings.altogether * _KILO:
        message = f"The files have {-(-whole // _KILO)} kB together; {settings.altogether} are the limit."
        yield Hit(Place(""), message, "Split the contribution.")
