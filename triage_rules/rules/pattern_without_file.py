"""A pattern that matches no file of the cited document.

Nothing is read then, and the leaf is trained on its seeds alone, without anybody noticing.

Bad: `lamps.md` where the file is `docs/lamps.md`; a path that leaves the repository.  Good: `docs/lamps.md`.
"""

from collections.abc import Iterator

from triage_rules.citations import citations, looked_at
from triage_rules.contribution import Contribution
from triage_rules.facts import matches
from triage_rules.finding import Weight
from triage_rules.rule import Facts, Hit, RuleSettings, rule
from triage_rules.yaml_tree import clip


@rule(
    Weight.fix,
    remedy="Write paths as they are in the repository at that commit; `*` stands for any letters.",
    needs=("texts",),
)
def check(contribution: Contribution, settings: RuleSettings, facts: Facts) -> Iterator[Hit]:
    """Hold each pattern against the paths that were found."""
    for citation in citations(contribution):
        for index, pattern in enumerate(citation.ref.patterns):
            if leaves_the_repository(pattern):
                message = f"`{clip(pattern)}` leads out of the repository."
                yield Hit(citation.pattern_place(index), message)
    for citation, document in looked_at(contribution, facts):
        if document.state != "there":
            continue
        paths = [file.path for file in document.files]
        for index, pattern in enumerate(citation.ref.patterns[:50]):
            if not leaves_the_repository(pattern) and not any(matches(path, pattern) for path in paths):
                message = f"`{clip(pattern)}` matches no file of the cited document."
                yield Hit(citation.pattern_place(index), message)


def leaves_the_repository(pattern: str) -> bool:
    """Is it absolute, or does it climb?"""
    return pattern.startswith(("/", "~", "\\")) or ".." in pattern.replace("\\", "/").split("/")
