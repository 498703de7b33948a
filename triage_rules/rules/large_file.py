"""A file larger than a leaf needs.

Whatever was merged once is in every clone for ever, and nobody reads a file of a thousand pages before approving it.

Bad: a qna.yaml of 400 kB; ten documents of a megabyte.  Good: the seeds; the document in its own repository.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.plain_text import MAX_BYTES, MOST_READ, kilobytes
from triage_rules.rule import Count, Hit, RuleSettings, rule
from triage_rules.taxonomy import is_leaf_yaml

_KILO = 1024


class Settings(RuleSettings):
    """``at_most``: kB of one file that is added or changed; ``altogether``: of all of them."""

    at_most: Count = 128
    altogether: Count = 1024


@rule(Weight.fix, Settings, remedy="Take out what the seeds do not need.", across=True)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count the bytes at the head; of a file over a megabyte only the first one is read, and counts."""
    sizes = {file.path: len(file.after or b"") for file in contribution.files}
    for path, size in sizes.items():
        refused = is_leaf_yaml(path) and size > MAX_BYTES  # the reader has said so
        if size > settings.at_most * _KILO and not refused:
            yield Hit(Place(path), f"The file has {kilobytes(size)}; {settings.at_most} are the limit.")
    whole = sum(sizes.values())
    if whole > settings.altogether * _KILO:
        largest = max(sizes, key=lambda path: sizes[path])
        cut = any(size >= MOST_READ for size in sizes.values())
        message = f"The files have {kilobytes(whole, cut)} together; {settings.altogether} are the limit. "
        message += f"This one is the largest, with {kilobytes(sizes[largest])}."
        yield Hit(Place(largest), message, "Take it out, or split the contribution.")
