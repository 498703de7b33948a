"""A file that is nearly called what it should be.

Only qna.yaml and attribution.txt are read; a qna.yml is silently trained on by nobody.

Bad: qna.yml, QNA.yaml, qna.yaml.txt, attributes.txt.  Good: qna.yaml and attribution.txt.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import ATTRIBUTION, QNA, is_leaf_yaml
from triage_rules.yaml_tree import clip


@rule(Weight.fix, remedy="Rename the file.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Compare the names of the files in the trees that exist at the head."""
    for file in contribution.files:
        if file.status == "deleted" or not file.in_tree or file.name in (QNA, ATTRIBUTION):
            continue
        meant = meant_name(file.path)
        if meant:
            yield Hit(
                Place(file.path), f"The file is called `{clip(file.name)}`.", f"Rename it to `{meant}`."
            )


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
