"""A commit without its author's sign-off.

With the sign-off the author certifies the right to give this text away (developercertificate.org).

Bad: a commit whose message ends without a trailer.  Good: "Signed-off-by: Ada Brandt <ada@example.org>".
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Commit, Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.yaml_tree import clip

_TRAILER = re.compile(r"^signed-off-by:\s*(.+?)\s*<\s*([^<>]*?)\s*>\s*$", re.IGNORECASE | re.MULTILINE)


class Settings(RuleSettings):
    """``mismatch``: the weight where the sign-off is another person's than the commit's author."""

    mismatch: WeightName = "doubt"


@rule(
    Weight.fix,
    Settings,
    remedy="Run `git rebase --signoff` onto the base branch and push again.",
    across=True,
)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at every commit that is no merge."""
    bare = [c for c in contribution.commits if c.parents < 2 and not _TRAILER.search(c.message)]
    for commit in bare[:10]:
        yield Hit(Place("", None), f"Commit {commit.sha[:10]} ({_subject(commit)}) has no sign-off.")
    for commit in contribution.commits:
        signers = _TRAILER.findall(commit.message)
        if commit.parents < 2 and signers and not _signed_by_author(commit, signers):
            message = (
                f"Commit {commit.sha[:10]} ({_subject(commit)}) is signed off by another than its author."
            )
            yield Hit(
                Place("", None),
                message,
                "Sign off with the author's own name and e-mail.",
                Weight[settings.mismatch],
            )


def _subject(commit: Commit) -> str:
    return "`" + clip(commit.message.partition("\n")[0]) + "`"


def _signed_by_author(commit: Commit, signers: list[tuple[str, str]]) -> bool:
    name, email = commit.author_name.casefold().strip(), commit.author_email.casefold().strip()
    return any(name == who.casefold() or email == address.casefold() for who, address in signers)
