"""Personal data in a seed.

What a model has learned cannot be taken back: an address or an account number stays in every release. What is found is
named by its kind and place and never repeated.

Bad: "Mail ada.brandt@mail.example.net for the answer."  Good: an address at example.org, or none.
"""

import re
from collections.abc import Iterator

from triage_rules.check_digits import iso97, luhn
from triage_rules.contacts import Whose, emails, has_home, has_phone, has_street
from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.hints import folded, sought
from triage_rules.identity_numbers import SHORTEST, identity_numbers
from triage_rules.rule import Hit, RuleSettings, WeightName, rule

_DIGITS = re.compile(r"\d+")
_RINGS = 8  # digits of a phone number
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_ACCOUNT = sought(
    r"\b(?:account|acct|konto(?:nummer)?|routing|sort code)\s*(?:number|no\.?|nr\.?|#)?\s*(?:is|:)?\s*"
    r"(?:\d[ -]?){7,16}\d\b",
    "account;acct;konto;routing;sort code",
)
_CARD = re.compile(r"(?<!\d)(?<!\d[.-])(?:\d[ -]?){12,18}\d(?!\d|[.-]\d)")
_CARD_STARTS = ("34", "35", "36", "37", "38", "4", "51", "52", "53", "54", "55", "2", "60", "62", "64", "65")
_CONTACTS = ("an e-mail address", "a phone number", "somebody's street address")
_NOTED = ("an organisation's e-mail address", "a street and number")


class Settings(RuleSettings):
    """The weight of what is often public: ``contact`` for e-mail addresses, phone numbers and homes."""

    contact: WeightName = "doubt"


@rule(Weight.fix, Settings, remedy="Take it out, or put an invented one in its place (mail at example.org).")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Search the texts of all seeds; what is found is named by kind and place, never repeated."""
    contact = Weight[settings.contact]
    for leaf in contribution.leaves:
        for _, place, text in leaf.texts():
            for kind in sorted(kinds(text)):
                weight = contact if kind in _CONTACTS else Weight.note if kind in _NOTED else None
                yield Hit(place, f"This text holds {kind}.", weight=weight)


def kinds(text: str) -> set[str]:
    """The kinds of personal data that a text holds."""
    found = {_EMAILS[whose] for whose in emails(text)} - {""}
    digits = _digits(text)
    if digits:
        found |= identity_numbers(text) if digits >= SHORTEST else set()
        found |= _accounts(text, digits)
        if digits >= _RINGS and has_phone(text):
            found.add("a phone number")
        if has_street(text):
            found.add("somebody's street address" if has_home(text) else "a street and number")
    return found


def _digits(text: str) -> int:
    """How many digits of whatever writing a text has."""
    if text.isascii():
        data = text.encode()
        return len(data) - len(data.translate(None, b"0123456789"))
    return sum(map(len, _DIGITS.findall(text)))


_EMAILS = {
    Whose.person: "an e-mail address",
    Whose.office: "an organisation's e-mail address",
    Whose.nobody: "",
}


def _accounts(text: str, digits: int) -> set[str]:
    found: set[str] = set()
    if any(_iban(match.group()) for match in _IBAN.finditer(text)):
        found.add("a bank account number (IBAN)")
    if digits >= 13 and any(_card(match.group()) for match in _CARD.finditer(text)):
        found.add("a payment card number")
    accounts = _ACCOUNT.expression.finditer(text) if _ACCOUNT.may_be_in(folded(text)) else ()
    if digits >= 8 and any(len(set(re.findall(r"\d", match.group()))) > 3 for match in accounts):
        found.add("a bank account number")
    return found


def _iban(text: str) -> bool:
    compact = text.replace(" ", "")
    return 15 <= len(compact) <= 34 and len(set(compact)) > 6 and iso97(compact[4:] + compact[:4])


def _card(text: str) -> bool:
    whole = "".join(letter for letter in text if letter.isdigit())
    if not 13 <= len(whole) <= 19 or not whole.startswith(_CARD_STARTS) or len(set(whole)) < 4:
        return False
    return whole not in _TEST_CARDS and luhn(whole)


# What payment companies publish to try their machines with: nobody's.
_TEST_CARDS = frozenset(
    ("4111111111111111", "4242424242424242", "4012888888881881", "5555555555554444", "5105105105105100",
     "378282246310005", "371449635398431", "6011111111111117", "4000056655665556")
)  # fmt: skip
