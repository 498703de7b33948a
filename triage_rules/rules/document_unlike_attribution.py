"""A document that is unlike what `attribution.txt` says of it.

The attribution gives credit for a work and names its licence; where the cited file is another work, the credit goes to
the wrong people and the licence covers nothing.

Bad: "Title of work: Lamps of Pellow" beside a document about ferries.  Good: the title that the document bears.
"""

import re
from collections.abc import Iterator

from triage_rules.attribution import LICENCE, TITLE, Entry, read_attribution
from triage_rules.citations import Citation, looked_at
from triage_rules.contribution import Contribution
from triage_rules.facts import Document
from triage_rules.finding import Place, Weight
from triage_rules.rule import Facts, Hit, RuleSettings, WeightName, rule
from triage_rules.shortening import ENDS
from triage_rules.taxonomy import ATTRIBUTION
from triage_rules.words import STOP, words
from triage_rules.yaml_tree import clip

_MOST = ENDS  # letters of all files that are looked at, from each end
_NAMES = re.compile(
    r"(?:licen[cs]ed under|licen[cs]e\s*:|SPDX-License-Identifier:|available under|released under)"
    r"(?:\s+(?:the|a))?[\s*_\[]{1,9}"
    r"(CC0|CC[ -]BY(?:-(?:SA|NC|ND))*|Creative Commons Attribution(?:[- ](?:ShareAlike|NonCommercial|NoDerivatives|"
    r"NonCommercial-ShareAlike))?|Apache|MIT|GFDL|GNU Free Documentation|GPL|GNU General Public)",
    re.IGNORECASE,
)
_KINDS = (
    (re.compile(r"\bcc ?0\b"), "CC0"),
    (re.compile(r"\bapache\b"), "Apache"),
    (re.compile(r"\bmit\b"), "MIT"),
    (re.compile(r"\bgfdl\b|free documentation"), "GFDL"),
    (re.compile(r"\bgpl\b|general public"), "GPL"),
)
_COMMONS = re.compile(r"\bcc by\b|creative commons attribution")
_PARTS = (
    (re.compile(r"\bnc\b|non ?commercial"), "-NC"),
    (re.compile(r"\bnd\b|no ?derivatives"), "-ND"),
    (re.compile(r"\bsa\b|share ?alike"), "-SA"),
)


class Settings(RuleSettings):
    """``title``: the weight where the title's words are neither in the document nor in its file names."""

    title: WeightName = "note"


@rule(Weight.doubt, Settings, remedy="Make the attribution and the cited document agree.", needs=("texts",))
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Hold the title and the licence of the attribution against the document."""
    for citation, document in looked_at(contribution, facts):
        data = contribution.attribution(citation.leaf.path)
        if data is None or document.state != "there" or not document.texts:
            continue
        entries = [entry for block in read_attribution(data).blocks for entry in block.entries if entry.value]
        yield from _title(citation, document, [e for e in entries if e.field == TITLE], settings)
        yield from _licence(citation, document, [e for e in entries if e.field == LICENCE])


def _title(citation: Citation, document: Document, titles: list[Entry], settings: Settings) -> Iterator[Hit]:
    there = set(words(" ".join(file.path.replace("_", " ") for file in document.files)))
    there |= set(words(_ends(document)[0]))
    told = [set(words(entry.value)) - STOP - {"wikipedia", "article", "page"} for entry in titles]
    if titles and all(each and not each & there for each in told):
        entry = titles[0]
        message = f"No word of the title `{clip(entry.value, 60)}` is in the cited document."
        yield Hit(_place(citation, entry), message, weight=Weight[settings.title])


def _licence(citation: Citation, document: Document, licences: list[Entry]) -> Iterator[Hit]:
    found = (_family(match.group(1)) for end in _ends(document) for match in _NAMES.finditer(end))
    named = {family for family in found if family}
    told = {family for entry in licences if (family := _family(entry.value))}
    if licences and named and told and not named & told:
        entry = licences[0]
        message = f"The cited document names another licence ({', '.join(sorted(named))}) than `{clip(entry.value)}`."
        yield Hit(_place(citation, entry), message)


def _ends(document: Document) -> tuple[str, str]:
    """The beginning and the end of its texts, of all together."""
    first, last = "", ""
    for text in document.texts:
        first += "\n" + text[: _MOST - len(first)] if len(first) < _MOST else ""
    for text in (file.last for file in reversed(document.files) if file.wrong is None):
        last = text[-(_MOST - len(last)) :] + "\n" + last if len(last) < _MOST else last
    return first, last


def _family(text: str) -> str | None:
    """What kind of licence a name means, versions aside; None for one that is not known here."""
    plain = " ".join(re.sub(r"[-_]", " ", text.casefold()).split())
    if _COMMONS.search(plain):
        return "CC-BY" + "".join(part for pattern, part in _PARTS if pattern.search(plain))
    return next((name for pattern, name in _KINDS if pattern.search(plain)), None)


def _place(citation: Citation, entry: Entry) -> Place:
    return Place(f"{citation.leaf.path}/{ATTRIBUTION}", entry.line, entry.column)
