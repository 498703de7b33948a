"""A link to a program, or one that hides where it leads.

A model that has learned an address repeats it to everybody who asks; nobody looks behind it again.

Bad: https://example.net/setup.exe, a bit.ly address, `curl … | sh`.
Good: the page of the project that the text is about.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.hints import sought
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import ATTRIBUTION

_LINK = re.compile(r"\b(?:https?|ftps?)://([^\s/?#<>\"'`)\]]{1,253})([^\s?#<>\"'`)\]]{0,500})", re.IGNORECASE)
_PROGRAM = re.compile(
    r"\.(?:exe|msi|msix|bat|cmd|ps1|vbs|vbe|wsf|hta|scr|pif|cpl|lnk|jar|apk|ipa|dmg|pkg|deb|rpm|appimage"
    r"|flatpakref|sh"
    r"|run|bin|iso|img|dll|sys|xpi|crx|docm|xlsm|pptm)$",
    re.IGNORECASE,
)
_PIPED = sought(
    r"\b(?:curl|wget|iwr|invoke-webrequest|irm)\b[^\n|;]{0,300}\|\s{0,3}(?:sudo )?(?:ba|z|da|k)?(?:sh|iex|python3?"
    r"|perl|ruby|node)\b"
    r"|\b(?:ba|z)?sh -c [\"']?\$\(curl\b|\biex ?\(+ ?(?:new-object|iwr|irm)",
    "curl;wget;iwr;invoke-webrequest;irm;new-object",
    "|;sh -c;iex",
)
_HIDDEN = sought(
    r"\b(?:data:(?:text/html|application/[\w.+-]{1,60});base64,|javascript:[\w(]|vbscript:"
    r"|ms-[\w-]{1,30}:ofe)",
    "data:;javascript:;vbscript:;:ofe",
)
_NUMBERS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|0x[0-9a-f]{8}|\d{8,10}")
_AT_HOME = re.compile(
    r"(?:127|10|0)\.|192\.(?:168|0\.2)\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|198\.51\.100\.|203\.0\.113\."
)


class Settings(RuleSettings):
    """``shorteners``: hosts that say nothing of where they lead."""

    shorteners: tuple[str, ...] = (
        "bit.ly", "tinyurl.com", "t.co", "goo.gl", "is.gd", "ow.ly", "buff.ly", "rebrand.ly", "cutt.ly", "shorturl.at",
        "t.ly", "rb.gy", "v.gd", "tiny.cc", "lnkd.in", "adf.ly", "bl.ink", "s.id", "shorte.st", "soo.gd", "qr.ae",
    )  # fmt: skip


@rule(Weight.doubt, Settings, remedy="Name the page that leads there, or leave it out.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at the addresses in all texts, and in the attributions."""
    for leaf in contribution.leaves:
        for _, place, text in leaf.texts() if _may_lead(leaf.small) else ():
            yield from (Hit(place, f"This text holds {kind}.") for kind in _kinds(text, settings))
    for folder in contribution.folders:
        text = (contribution.attribution(folder) or b"").decode("utf-8", "replace")
        place = Place(f"{folder}/{ATTRIBUTION}")
        yield from (Hit(place, f"This file holds {kind}.") for kind in _kinds(text, settings))


def _kinds(text: str, settings: Settings) -> list[str]:
    """What is wrong with the addresses of a text, each kind once."""
    links = _LINK.findall(text) if "://" in text else ()
    found = {kind: None for host, path in links if (kind := _kind(host.lower(), path, settings))}
    if _PIPED.search(text):
        found["a command that runs what it fetches"] = None
    if _HIDDEN.search(text):
        found["an address that is itself a program"] = None
    return list(found)


def _may_lead(small: str) -> bool:
    return "://" in small or _PIPED.may_be_in(small) or _HIDDEN.may_be_in(small)


def _kind(host: str, path: str, settings: Settings) -> str | None:
    name, _, _ = host.rpartition("@")[2].partition(":")
    if "@" in host:
        return "an address with another name before its host"
    if name.removeprefix("www.") in settings.shorteners:
        return "a shortened address"
    if _PROGRAM.search(path.rstrip(".,;:!*_")):
        return "the address of a program"
    if name.startswith("xn--") or ".xn--" in name or not name.isascii():
        return "an address whose letters may look like others"
    if _NUMBERS.fullmatch(name) and not _AT_HOME.match(name):
        return "an address in numbers"
    return None
