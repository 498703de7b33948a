"""A document that is not where the leaf says.

Rows are written from the document, and whoever doubts an answer looks there. What can't be fetched today will not be
there when the next release is built.

Bad: a commit that the repository does not have.  Good: a commit that anybody can fetch, without a key.
"""

from collections.abc import Iterator

from triage_rules.citations import looked_at
from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Facts, Hit, RuleSettings, WeightName, rule


class Settings(RuleSettings):
    """``unreachable``: the weight where the host did not answer, which is no fault of the author's."""

    unreachable: WeightName = "doubt"


@rule(
    Weight.fix,
    Settings,
    remedy="Push the document to a public repository, and write that commit's full hash.",
    needs=("documents",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Say of every citation that could not be fetched why."""
    for citation, document in looked_at(contribution, facts):
        if document.state == "not-found":
            yield Hit(citation.place("commit"), f"The cited document was not found: {document.why}.")
        elif document.state == "moved":
            message = f"The cited repository was not found under this address: {document.why}."
            yield Hit(citation.place("repo"), message, "Write the address that it leads to.")
        elif document.state == "unreachable":
            message = f"The cited document could not be fetched: {document.why}."
            yield Hit(
                citation.place("repo"),
                message,
                "A triager looks whether it is there.",
                Weight[settings.unreachable],
            )
