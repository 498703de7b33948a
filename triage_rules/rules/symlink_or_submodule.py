"""A symbolic link, a submodule or an executable.

A link points out of the tree, a submodule at a stranger's repository; neither belongs into a taxonomy of
texts.

Bad: qna.yaml as a link to /etc/passwd.  Good: a plain file.
"""

from collections.abc import Iterator

from triage_rules.contribution import EXECUTABLE, SUBMODULE, SYMLINK, Contribution
from triage_rules.finding import Place, Weight
from triage_rules.fix import Fix
from triage_rules.rule import Hit, RuleSettings, rule


@rule(Weight.stop, remedy="Put a plain file in its place.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Look at the mode of what exists at the head."""
    for file in contribution.files:
        if file.status == "deleted":
            continue
        if file.mode == SYMLINK:
            yield Hit(Place(file.path), "This is a symbolic link.")
        elif file.mode == SUBMODULE:
            yield Hit(Place(file.path), "This is a submodule.", "Remove it (`git rm --cached`).")
        elif file.mode == EXECUTABLE and file.in_tree:
            fix = Fix("Take away the mark of a program.", plain_mode=True)
            message, remedy = "The file is marked executable.", "Run `chmod -x` on it."
            yield Hit(Place(file.path), message, remedy, Weight.note, fix)
