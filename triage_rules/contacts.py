"""E-mail addresses, phone numbers and street addresses in a text, and which of them are plainly nobody's."""

from __future__ import annotations

import re
from enum import Enum

from triage_rules.hints import folded, sought


class Whose(Enum):
    """Whose a contact is, as far as it shows: one person's, an office's, or invented."""

    person = 1
    office = 2
    nobody = 3


_EMAIL = re.compile(
    r"(?<![\w.%+-])([A-Za-z0-9._%+-]{1,64})(?:@| ?[\[({](?:at|@)[\])}] ?)"
    r"((?:[A-Za-z0-9-]{1,63}(?:\.| ?[\[({](?:dot|\.)[\])}] ?)){1,8}[A-Za-z]{2,24})\b",
    re.IGNORECASE,
)
_WRITTEN_AT = re.compile(r"[\[({]at[\])}]", re.IGNORECASE)
# Domains that are set apart by RFC 2606 and 6761, and those that people write for "any domain".
_RESERVED = (
    "example.org",
    "example.com",
    "example.net",
    "example.edu",
    "invalid",
    "test",
    "localhost",
    "example",
)
_ANY_DOMAIN = re.compile(
    r"(?:example|sample|domain|company|mycompany|yourcompany|corp|email|xyz|abc|abcd?e?f?|foo|bar|foobar|asdf|acme|website"
    r"|yourdomain|mydomain|site|somewhere|something|organi[sz]ation|university|school|contoso|fabrikam)"
    r"\.(?:com|org|net|edu|io|co\.uk|de|fr|es|it)",
    re.IGNORECASE,
)
_ANYBODY = re.compile(
    r"(?:user|username|name|your[._-]?name|you|me|someone|somebody|foo|bar|test|tester|demo|abc|xyz|recipient|sender|email"
    r"|your[._-]?email|first(?:name)?[._-]?last(?:name)?|j(?:ohn|ane)?[._-]?(?:doe|smith)|alice|bob|max[._-]?mustermann)\d*",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"(?:[\w-]+[._-])?(?:info|support|admin|sales|contact|contact-?us|help|help-?desk|no-?reply|do-?not-?reply|hello|press"
    r"|media|web-?master|post-?master|host-?master|security|security-reporting|abuse|office|team|service|services|jobs"
    r"|careers|hr|billing|marketing|newsletter|feedback|privacy|legal|inquir(?:y|ies)|enquir(?:y|ies)|customer[._-]?"
    r"(?:care|service)|reception|editor|editors|library|kontakt|contacto|contatto|accueil|list|lists|users|dev|git)"
    r"(?:[._-][\w-]+)?",
    re.IGNORECASE,
)

_SEPARATED = r"(?:[ .-]?\(?\d{2,4}\)?){2,5}"
_PHONE = re.compile(
    rf"(?<![\w.+/-])(?:\+\d{{1,3}}[ .-]?(?:\(\d{{1,4}}\)[ .-]?)?\d{{1,4}}{_SEPARATED}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4}|(?:0\d[ .]){1}(?:\d\d[ .]){3}\d\d)(?![\w-]|\.\d)"
)
_SAID = sought(
    r"\b(?:tel(?:ephone|efon|éfono)?|phone|mobile|cell(?:phone)?|whatsapp|handy|fax|sms|call|ring|text|reach|móvil"
    r"|téléphone|appelez|telefono|chiama(?:re)?|llame|rufen sie|anrufen)\b"
    r"(?:\W{1,3}(?:me|us|him|her|them|is|was|number|no|nr|nummer|número|numero|numéro|at|on|under|unter|auf|au|al|a|il|der"
    r"|the|my|his|your|our|office|home|work))*(?:\W{1,3}\w{2,15}(?=\W{1,3}(?:on|at|under)\b))?(?:\W{1,3}(?:on|at|under))?"
    r"\W{0,4}"
    r"([+(]?\d[\d ()/.-]{6,20}\d)(?![\w-]|\.\d)",
    "tel;phone;mobile;cell;whatsapp;handy;fax;sms;call;ring;text;reach;vil;appelez;chiama;llame;rufen sie;anrufen",
)
# Ranges that regulators keep for films and books, and numbers that anybody may call.
_INVENTED = re.compile(
    r"555-?01\d\d|555\d{7}|555555|07700900\d{3}|447700900\d{3}|2079460\d{3}|1134960\d{3}|1632960\d{3}|491570\d{3}"
    r"|639980\d{3}|30231\d{5}|1234567|(?:0123)?456789|987654|(\d)\1{4}"
)
_FREE = re.compile(
    r"^(?:1?8(?:00|88|77|66|55|44|33)\d{7}|0?(?:800|808|845|844|30[03]|900)\d{6,7}|\+?44800\d+)$"
)

_WAY = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Terrace|Close|Crescent|Gardens|Grove|Way|Place"
    r"|Parkway|Pkwy|Circle)"
)
_STREET = re.compile(
    rf"(?<![\w.,/-])\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? )?"
    rf"(?:[A-Z][\w'’]{{1,20}}\.? |\d{{1,3}}(?:st|nd|rd|th) ){{1,3}}{_WAY}\b"
    r"|\b[A-ZÄÖÜ][\wäöüß-]{2,30}(?:straße|strasse|str\.|gasse|weg|allee|platz|straat|laan|gracht|gatan|vägen|vej|gade)"
    r" \d{1,4} ?[a-z]?\b"
    r"|\b\d{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|place|chemin|impasse|allée) (?:de |du |des |de la |d['’]|la )?"
    r"[A-ZÉ][\w'’-]+"
    r"|\b(?:Calle|C/|Avenida|Avda\.|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Praça|Travessa|ul\.) "
    r"(?:de |del |de la |da |do )?[A-ZÁÉÍÓÚ][\w'’-]+(?: [A-ZÁÉÍÓÚ][\w'’-]+){0,2},? (?:n\.?º? ?)?\d{1,4}\b"
)
# Of these one stands in whatever the expression above finds: before a blank, behind one, or at the end of a word.
_BEHIND = (
    "St;Road;Rd;Ave;Lane;Ln;Dr;Boulevard;Blvd;Court;Ct;Terrace;Close;Crescent;Gardens;Grove;Way;Place;Parkway;Pkwy"
    ";Circle"
)
_BEFORE = (
    "rue;avenue;boulevard;place;chemin;impasse;allée;Calle;C/;Avenida;Avda.;Plaza;Paseo;Via;Viale;Piazza;Corso;Rua"
    ";Praça;Travessa;ul."
)
_ENDING = "straße;strasse;str.;gasse;weg;allee;platz;straat;laan;gracht;gatan;vägen;vej;gade"
_STREETS = (
    *(f" {way}" for way in _BEHIND.split(";")),
    *(f"{way} " for way in _BEFORE.split(";")),
    *_ENDING.split(";"),
)
_HOME = re.compile(
    r"\b(?:lives? at|living at|lived at|resid(?:es?|ing) at|home address|my address|his address|her address|address is"
    r"|address:|ship(?:ped|ping)? (?:it )?to|deliver(?:ed)? to"
    r"|wohnt|wohnhaft|anschrift|habite|domicilio|vive en|abita in"
    r"|reside en)\b[^\n]{0,60}$",
    re.IGNORECASE,
)


def emails(text: str) -> set[Whose]:
    """Whose the e-mail addresses of a text are."""
    if "@" not in text and _WRITTEN_AT.search(text) is None:
        return set()
    return {_whose(*match.groups()) for match in _EMAIL.finditer(text)}


def _whose(local: str, domain: str) -> Whose:
    lower = re.sub(r" ?[\[({](?:dot|\.)[\])}] ?", ".", domain.lower())
    if any(lower == each or lower.endswith("." + each) for each in _RESERVED) or _ANY_DOMAIN.fullmatch(lower):
        return Whose.nobody
    if _ANYBODY.fullmatch(local) or local == "git":  # git@host:repository is an address of Git's
        return Whose.nobody
    return Whose.office if _OFFICE.fullmatch(local) else Whose.person


def has_phone(text: str) -> bool:
    """Does a text hold a phone number that may be somebody's?"""
    found = [match.group() for match in _PHONE.finditer(text)]
    if _SAID.may_be_in(folded(text)):
        found += [match.group(1) for match in _SAID.expression.finditer(text)]
    return any(_rings(number) for number in found)


def _rings(number: str) -> bool:
    digits = "".join(letter for letter in number if letter.isdigit())
    if not 8 <= len(digits) <= 15 or len(set(digits)) < 4:
        return False
    return not (_INVENTED.search(digits) or _INVENTED.search(number) or _FREE.match(digits))


def has_home(text: str) -> bool:
    """Does a text say that somebody lives at a street and number? What stands there on its own may be any building."""
    return has_street(text) and any(
        _HOME.search(text[max(0, match.start() - 90) : match.start()]) for match in _STREET.finditer(text)
    )


def has_street(text: str) -> bool:
    """Does a text hold a street with a number?"""
    return any(map(text.__contains__, _STREETS)) and _STREET.search(text) is not None
