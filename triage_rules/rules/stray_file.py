"""A file that is no part of a leaf.

What nobody reads stays for ever, in every clone: documents belong into their own repository.

Bad: knowledge/science/moons/moons.pdf, .DS_Store.  Good: qna.yaml and attribution.txt, nothing else.
"""

from collections.abc import Iterator

from triage_rules.contribution import SUBMODULE, SYMLINK, ChangedFile, Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.rules.misnamed_file import meant_name
from triage_rules.taxonomy import ATTRIBUTION, QNA


class Settings(RuleSettings):
    """``allowed``: names that may stand anywhere in a tree."""

    allowed: tuple[str, ...] = (".gitignore", ".gitkeep")


@rule(Weight.fix, Settings, remedy="Remove the file.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at added files of the trees; changes to a project's other files are a maintainer's to judge."""
    for file in contribution.files:
        if file.status == "deleted" or file.name in settings.allowed or file.mode in (SYMLINK, SUBMODULE):
            continue
        if file.in_tree:
            yield from _in_tree(file)
        elif not file.path.startswith((".upweight/", "evaluation/", "guard/", ".github/")):
            yield Hit(
                Place(file.path),
                "A file outside the trees of leaves.",
                "A maintainer looks at it.",
                Weight.doubt,
            )


def _in_tree(file: ChangedFile) -> Iterator[Hit]:
    if file.name in (QNA, ATTRIBUTION):
        if file.path.count("/") < 2:
            message = "A leaf needs a folder of its own below the tree."
            yield Hit(Place(file.path), message, "Move it into a folder that names its subject.")
        return
    if meant_name(file.path):
        return
    if file.status in ("modified", "renamed"):
        page = file.name.lower().endswith(".md")
        weight = Weight.note if page else Weight.doubt
        yield Hit(Place(file.path), "A file that is no leaf.", "A maintainer looks at it.", weight)
        return
    cited = file.name.lower().endswith((".md", ".pdf", ".txt", ".rst", ".html", ".docx"))
    remedy = "Keep the document in a repository of its own, and cite it." if cited else ""
    yield Hit(Place(file.path), "The file is no part of a leaf.", remedy)
