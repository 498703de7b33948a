"""A source that the community has not approved.

Where a text comes from decides whether it may be trained on and given away, and whether it is right; a community looks
at each source once, and writes down what it found.

Bad: "Link to work: https://answers.example.com/42", a site whose terms forbid it.
Good: a source on the list as approved.
"""

from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

from triage_rules.attribution import LINK, Entry, read_attribution
from triage_rules.citations import address_of, citations
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.taxonomy import ATTRIBUTION
from triage_rules.yaml_tree import clip

State = Literal["approved", "denied", "proposed", "check-by-hand"]
_SAYS = {
    "denied": "is a source that the community has denied",
    "proposed": "is a source that is proposed and not decided yet",
    "check-by-hand": "is a source that is checked by hand",
}


class Settings(RuleSettings):
    """``sources``: the state of each source (approved, denied, proposed or check-by-hand) by its host, `*.NAME` for all
    below a name, or host and beginning of the path; the longest that fits counts. ``unlisted``: the weight of one that
    no entry fits; of no list at all nothing follows. Looked at are the links of `attribution.txt`, and the cited
    repository where an entry names it."""

    sources: Mapping[str, State] = {}
    unlisted: WeightName = "note"


@rule(
    Weight.doubt,
    Settings,
    remedy="Take the text from an approved source, or propose this one to the community.",
)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look up each link of the attributions of knowledge, and each cited repository."""
    for folder in contribution.folders if settings.sources else ():
        data = contribution.attribution(folder)
        if data is None or contribution.kind_of(folder) != "knowledge":
            continue
        for block in read_attribution(data).blocks:
            for entry in block.entries:
                if entry.field == LINK and entry.value:
                    yield from _judged(f"{folder}/{ATTRIBUTION}", entry, settings)
    for citation in citations(contribution):
        address = address_of(citation.ref.repo)
        state = _state(address.host, address.path, settings.sources) if address is not None else None
        if address is not None and state in _SAYS:
            message = f"`{clip(address.host + address.path, 60)}` {_SAYS[state]}."
            yield Hit(citation.place("repo"), message, weight=_weight(state))


def _judged(path: str, entry: Entry, settings: Settings) -> Iterator[Hit]:
    link = entry.value.split()[0].strip("<>()[],;\"'")
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return
    if "." not in host:
        return  # no link; the fields are another rule's business
    state = _state(host, parts.path, settings.sources)
    place, said = Place(path, entry.line, entry.column), clip(host, 60)
    if state is None:
        message = f"`{said}` is not on the community's list of sources."
        yield Hit(place, message, weight=Weight[settings.unlisted])
    elif state in _SAYS:
        yield Hit(place, f"`{said}` {_SAYS[state]}.", weight=_weight(state))


def _weight(state: str) -> Weight:
    return Weight.fix if state == "denied" else Weight.doubt


def _state(host: str, path: str, sources: Mapping[str, State]) -> State | None:
    """The state of the longest entry that fits."""
    fitting = [key for key in sources if _fits(host, path, key)]
    return sources[max(fitting, key=len)] if fitting else None


def _fits(host: str, path: str, key: str) -> bool:
    name, slash, prefix = key.casefold().removeprefix("https://").partition("/")
    same = host == name or (name.startswith("*.") and (host.endswith(name[1:]) or host == name[2:]))
    begins = path.casefold().lstrip("/")
    whole = not slash or begins == prefix or begins.startswith(prefix.rstrip("/") + "/")
    return same and (whole or not prefix)
