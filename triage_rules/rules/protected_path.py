"""A change to a path that only maintainers may change.

Workflows run with the project's rights, the policy judges everybody, and the exam is not the contributor's.

Bad: a leaf and, with it, an edit to .github/workflows/.  Good: the leaf alone.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule


class Settings(RuleSettings):
    """``protected``: patterns of paths; ``*`` also spans folders."""

    protected: tuple[str, ...] = (
        ".upweight/*", "evaluation/*", "guard/*", ".github/*", ".gitlab-ci.yml", ".gitlab/*", ".ci/*",
        ".gitea/*", ".forgejo/*", ".circleci/*", ".woodpecker*", "Jenkinsfile", ".pre-commit-config.yaml",
        "CODEOWNERS", "*/CODEOWNERS", ".gitmodules", ".gitattributes", "*/.gitattributes",
    )  # fmt: skip


@rule(Weight.stop, Settings, remedy="Leave this file out; a maintainer changes it on the branch itself.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Compare every path of the change, letters' case aside."""
    for file in contribution.files:
        if any(fnmatchcase(file.path.lower(), pattern.lower()) for pattern in settings.protected):
            yield Hit(Place(file.path), "Only maintainers may change this path.")
