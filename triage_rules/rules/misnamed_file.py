"""A file that is nearly called what it should be.

Only qna.yaml and attribution.txt are read; a qna.yml is silently trained on by nobody.

Bad: qna.yml, QNA.yaml, qna.yaml.txt, attributes.txt.  Good: qna.yaml and attribution.txt.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Place, Weight
from triage_rules.fix import Fix
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import ATTRIBUTION, QNA, is_leaf_yaml, read
from triage_rules.yaml_tree import clip


@rule(Weight.fix, remedy="Rename the file.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Compare the names of the files in the trees that exist at the head."""
    for file in contribution.files:
        if file.status == "deleted" or not file.in_tree or file.name in (QNA, ATTRIBUTION):
            continue
        meant = meant_name(file.path)
        if meant:
            message, remedy = f"The file is called `{clip(file.name)}`.", f"Rename it to `{meant}`."
            yield Hit(Place(file.path), message, remedy, fix=_renamed(contribution, file, meant))


def _renamed(contribution: Contribution, file: ChangedFile, meant: str) -> Fix | None:
    """The right name, where nobody else in the folder has it or wants it, and the file is what it will be called."""
    path = f"{file.folder}/{meant}"
    rivals = [
        each
        for each in contribution.files
        if each.folder == file.folder and each.after is not None and each.path != file.path
    ]
    if contribution.content(path) is not None or any(meant_name(each.path) == meant for each in rivals):
        return None
    if file.after is None or (meant == QNA and not _a_leaf(file)):
        return None
    return Fix(f"Rename it to `{meant}`.", rename=path)


def _a_leaf(file: ChangedFile) -> bool:
    """By its ending, or by what is in it."""
    root = read(file.path, file.after or b"").root
    return is_leaf_yaml(file.path) or (root is not None and "seed_examples" in root.children)


def meant_name(path: str) -> str | None:
    """The name that a nearly right one stands for, None where it is something else."""
    name = path.rpartition("/")[2].strip().lower()
    if is_leaf_yaml(path) or name.startswith("qna.") or _alike(name, QNA):
        return QNA
    if "attribut" in name and name.endswith((".txt", ".md", "attribution")):
        return ATTRIBUTION
    return ATTRIBUTION if _alike(name, ATTRIBUTION) else None


def _alike(name: str, right: str) -> bool:
    return SequenceMatcher(None, name, right).ratio() >= 0.85
