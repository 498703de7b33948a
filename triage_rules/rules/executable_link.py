"""A link to a program, or through a shortener.

A model that has learned an address repeats it to everybody who asks; nobody looks behind it again.

Bad: https://example.net/setup.exe, a bit.ly address.  Good: the page of the project that the text is about.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Hit, RuleSettings, rule

_LINK = re.compile(r"\bhttps?://([^\s/?#<>\"'`)\]]{1,253})([^\s?#<>\"'`)\]]{0,500})", re.IGNORECASE)
_PROGRAM = re.compile(
    r"\.(?:exe|msi|bat|cmd|ps1|vbs|scr|jar|apk|ipa|dmg|pkg|deb|rpm|appimage|sh|run|bin|iso|dll)$",
    re.IGNORECASE,
)


class Settings(RuleSettings):
    """``shorteners``: hosts that say nothing of where they lead."""

    shorteners: tuple[str, ...] = (
        "bit.ly", "tinyurl.com", "t.co", "goo.gl", "is.gd", "ow.ly", "buff.ly", "rebrand.ly", "cutt.ly", "shorturl.at",
    )  # fmt: skip


@rule(Weight.doubt, Settings, remedy="Name the page that leads there, or leave it out.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at the addresses in all texts."""
    for leaf in contribution.leaves:
        for _, place, text in leaf.texts():
            for host, path in _LINK.findall(text):
                if host.lower().removeprefix("www.") in settings.shorteners:
                    yield Hit(place, "This text holds a shortened address.")
                elif _PROGRAM.search(path.rstrip(".,;:!")):
                    yield Hit(place, "This text holds the address of a program.")
