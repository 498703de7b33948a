"""A cited document that is no readable text, or too large to be read.

Rows are written from text: of a PDF, a picture or a pointer to a large file nothing is learnt, and nobody can hold a
context against it.

Bad: `patterns: [handbook.pdf]`.  Good: the handbook as Markdown.
"""

from collections.abc import Iterator

from triage_rules.citations import looked_at
from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Facts, Hit, RuleSettings, rule
from triage_rules.yaml_tree import clip


@rule(
    Weight.fix,
    remedy="Cite the text itself, as Markdown or plain text in UTF-8, in files of less than 5 MB.",
    needs=("texts",),
)
def check(contribution: Contribution, settings: RuleSettings, facts: Facts) -> Iterator[Hit]:
    """Look at each file that a pattern matches."""
    for citation, document in looked_at(contribution, facts):
        if document.state == "too-large":
            yield Hit(citation.place("repo"), f"The cited document is too large: {document.why}.")
        elif document.state == "there":
            for file in document.files:
                if file.wrong is not None:
                    said = "is too large" if file.wrong == "too large" else f"is {file.wrong}"
                    yield Hit(citation.place("patterns"), f"`{clip(file.path, 80)}` {said}.")
                elif not file.cut and not file.text.strip():
                    yield Hit(citation.place("patterns"), f"`{clip(file.path, 80)}` is empty.")
