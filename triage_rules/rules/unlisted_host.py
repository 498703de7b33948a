"""A document whose repository is not on a listed host.

The document is fetched by the service and read by everybody who checks an answer: an address that needs a key, or a
host that nobody knows, can be fetched by neither. It is where the repository lies that counts; where its text comes
from is another rule's business.

Bad: `repo: git@forge.example.org:harbour/lamps.git`.  Good: `repo: https://github.com/harbour/lamps`.
"""

from collections.abc import Iterator

from triage_rules.citations import Citation, address_of, citations, on_list
from triage_rules.contribution import Contribution
from triage_rules.facts import BARRED_HOST
from triage_rules.finding import Weight
from triage_rules.rule import Facts, Hit, RuleSettings, rule
from triage_rules.yaml_tree import clip


class Settings(RuleSettings):
    """``allowed``: hosts, with the port where it is not 443; `*.NAME` stands for all below a name; none listed: any
    host over https. Whatever stands here, the service fetches from the hosts of its operator's own list alone
    (`UPWEIGHT_DOCUMENT_HOSTS`), and says so of a document that nobody could hold the leaf against."""

    allowed: tuple[str, ...] = ()


@rule(
    Weight.doubt,
    Settings,
    remedy="Put the document into a public repository on a listed host.",
    needs=("citations",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Look at the address of every cited repository."""
    for citation in citations(contribution):
        repo = citation.ref.repo
        if not repo:
            continue  # the schema's business
        address = address_of(repo)
        if address is None:
            message = f"`{clip(repo, 60)}` is no plain https address of a repository."
            yield Hit(citation.place("repo"), message, "Write it as `https://HOST/OWNER/NAME`.")
        elif settings.allowed and not on_list(address.host, settings.allowed):
            message = f"`{clip(address.host, 60)}` is not on the list of hosts for documents."
            yield Hit(citation.place("repo"), message)
        elif _refused(citation, facts):
            message = (
                f"Nobody has looked at the cited document: the service fetches nothing from `{address.host}`."
            )
            yield Hit(citation.place("repo"), message)


def _refused(citation: Citation, facts: Facts) -> bool:
    """Did the service not fetch it for its host's sake?"""
    found = facts.told.documents.of(citation.ref) if facts.told.documents is not None else None
    return found is not None and found.state == "refused" and found.why == BARRED_HOST
