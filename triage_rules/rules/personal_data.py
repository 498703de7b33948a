"""Personal data in a seed.

What a model has learned cannot be taken back: an address or an account number stays in every release.

Bad: "Mail ada.brandt@mail.example.net for the answer."  Good: an address at example.org, or none.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Hit, RuleSettings, WeightName, rule

_EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})\b")
_PHONE = re.compile(
    r"(?<![\w.+/-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){2,4}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4})(?![\w-]|\.\d)"
)
_DIGIT = re.compile(r"\d")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<!\d)(?<!\d[.-])(?:\d[ -]?){12,18}\d(?!\d|[.-]\d)")
_SAFE = (
    "example.org",
    "example.com",
    "example.net",
    "example.edu",
    "invalid",
    "test",
    "localhost",
    "example",
)
_CARD_STARTS = ("34", "35", "36", "37", "38", "4", "51", "52", "53", "54", "55", "2", "60", "62", "64", "65")


class Settings(RuleSettings):
    """The weight of what is often public: ``contact`` for e-mail addresses and phone numbers."""

    contact: WeightName = "doubt"


@rule(Weight.fix, Settings, remedy="Take it out, or put an invented one in its place (mail at example.org).")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Search the texts of all seeds; what is found is named by kind and place, never repeated."""
    contact = Weight[settings.contact]
    for leaf in contribution.leaves:
        for _, place, text in leaf.texts():
            for kind in sorted(kinds(text)):
                weight = contact if kind in ("an e-mail address", "a phone number") else None
                yield Hit(place, f"This text holds {kind}.", weight=weight)


def kinds(text: str) -> set[str]:
    """The kinds of personal data that a text holds."""
    found: set[str] = set()
    if "@" in text and any(not _safe_domain(match.group(1)) for match in _EMAIL.finditer(text)):
        found.add("an e-mail address")
    if not _DIGIT.search(text):
        return found
    if any(_iban(match.group()) for match in _IBAN.finditer(text)):
        found.add("a bank account number (IBAN)")
    if any(_card(match.group()) for match in _CARD.finditer(text)):
        found.add("a payment card number")
    if any(_phone(match.group()) for match in _PHONE.finditer(text)):
        found.add("a phone number")
    return found


def _safe_domain(domain: str) -> bool:
    lower = domain.lower()
    return any(lower == safe or lower.endswith("." + safe) for safe in _SAFE)


def _iban(text: str) -> bool:
    compact = text.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    digits = "".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])
    return int(digits) % 97 == 1


def _card(text: str) -> bool:
    digits = [int(letter) for letter in text if letter.isdigit()]
    whole = "".join(map(str, digits))
    if not 13 <= len(digits) <= 19 or not whole.startswith(_CARD_STARTS) or len(set(digits)) < 4:
        return False
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _phone(text: str) -> bool:
    digits = [letter for letter in text if letter.isdigit()]
    invented = "555" in text and ("01" in text or text.count("555") > 1)
    return 8 <= len(digits) <= 15 and len(set(digits)) > 3 and not invented
