"""A file that is no part of a leaf.

What nobody reads stays for ever, in every clone: documents belong into their own repository, and what a system or an
editor leaves behind belongs nowhere.

Bad: knowledge/science/moons/moons.pdf, .DS_Store, a notebook.  Good: qna.yaml and attribution.txt, nothing else.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from triage_rules.contribution import SUBMODULE, SYMLINK, ChangedFile, Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.rules.misnamed_file import meant_name
from triage_rules.taxonomy import ATTRIBUTION, QNA, ROOTS

_LEFT_BEHIND = re.compile(
    r"(?:^|/)(?:\.ds_store|thumbs\.db|desktop\.ini|\._[^/]*|#[^/]*#|[^/]*(?:~|\.swp|\.swo|\.bak|\.orig|\.rej|\.tmp|\.pyc)"
    r"|(?:\.idea|\.vscode|\.vs|__pycache__|\.ipynb_checkpoints|__macosx|node_modules|\.venv|\.pytest_cache)/.*)$",
    re.IGNORECASE,
)
_OWN_ROOM = (".upweight/", "evaluation/", "guard/", ".github/")  # the rule protected-path has them
_CITED = (".md", ".pdf", ".txt", ".rst", ".html", ".docx", ".odt", ".epub")
_SNIFFED = 8192  # bytes from which a file is known to be no text


class Settings(RuleSettings):
    """``allowed``: names that may stand anywhere in a tree."""

    allowed: tuple[str, ...] = (".gitignore", ".gitkeep")


@rule(Weight.fix, Settings, remedy="Remove the file.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at added files of the trees; changes to a project's other files are a maintainer's to judge."""
    for file in contribution.files:
        if file.status == "deleted" or file.name in settings.allowed or file.mode in (SYMLINK, SUBMODULE):
            continue
        if _LEFT_BEHIND.search(file.path):
            message = "A system, an editor or a tool left this file behind."
            yield Hit(Place(file.path), message, "Remove it (`git rm`), and name it in your own ignore list.")
        elif file.in_tree:
            yield from _in_tree(file)
        elif not file.path.startswith(_OWN_ROOM):
            yield _outside(file)


def _outside(file: ChangedFile) -> Hit:
    if file.status == "added" and (kind := _no_text(file)):
        return Hit(Place(file.path), f"{kind} outside the trees of leaves.")
    if meant := _meant_tree(file.path):
        return Hit(
            Place(file.path),
            f"A file outside the trees of leaves; did you mean `{meant}/`?",
            f"Move it below `{meant}/`, or leave it to a maintainer to look at.",
            Weight.doubt,
        )
    return Hit(
        Place(file.path), "A file outside the trees of leaves.", "A maintainer looks at it.", Weight.doubt
    )


def _meant_tree(path: str) -> str | None:
    """The tree whose name a top folder nearly has."""
    top, below, _ = path.partition("/")
    near = get_close_matches(top[:100].casefold(), ROOTS, n=1, cutoff=0.85)
    return near[0] if below and near else None


def _in_tree(file: ChangedFile) -> Iterator[Hit]:
    if file.name in (QNA, ATTRIBUTION):
        if file.path.count("/") < 2:
            message = "A leaf needs a folder of its own below the tree."
            yield Hit(Place(file.path), message, "Move it into a folder that names its subject.")
        return
    if meant_name(file.path):
        return
    kind = _no_text(file)
    if file.status in ("modified", "renamed") and not kind:
        page = file.name.lower().endswith(".md")
        weight = Weight.note if page else Weight.doubt
        yield Hit(Place(file.path), "A file that is no leaf.", "A maintainer looks at it.", weight)
        return
    remedy = "Keep the document in a repository of its own, and cite it." if _cited(file) else ""
    if kind == "A notebook":
        remedy = "Write what it shows as seeds, and keep the notebook elsewhere."
    yield Hit(Place(file.path), f"{kind or 'The file'} is no part of a leaf.", remedy)


def _cited(file: ChangedFile) -> bool:
    return file.name.lower().endswith(_CITED)


def _no_text(file: ChangedFile) -> str:
    """What a file is that nobody can read line by line; empty for text."""
    if file.name.lower().endswith(".ipynb"):
        return "A notebook"
    head = (file.after or b"")[:_SNIFFED]
    if b"\0" in head or head.decode("utf-8", "replace").count("�") > len(head) // 20:
        return "A binary file"
    return ""
