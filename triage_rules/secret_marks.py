"""The marks by which keys and tokens are known: what their makers put in front, and the names that they are given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Mark(NamedTuple):
    """A kind of key: signs of which one must stand in the text before the slower expression is tried, and how it is
    written; `~` stands for a letter, digit, hyphen or underscore, `@` for a letter or digit, `#` for a hex digit."""

    kind: str
    signs: tuple[str, ...]
    written: str
    also: str = ""  # stands beside the sign


_PRIVATE, _FORGE, _CLOUD = "a private key", "a forge's token", "a cloud provider's key"
_CHAT, _PAY, _PACKAGE, _MODEL = (
    "a chat service's token", "a payment service's key", "a package registry's token", "a model service's key",
)  # fmt: skip
_MAIL, _HOST, _WATCH, _TOOL, _SOCIAL = (
    "a mail or message service's key", "a hosting or data service's token", "a monitoring or secrets service's token",
    "a planning or design tool's token", "a social network's token",
)  # fmt: skip
MARKS = (
    Mark(_PRIVATE, ("-----BEGIN",), r"-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----"),
    Mark(_PRIVATE, ("PuTTY-User-Key",), r"PuTTY-User-Key-File-\d: [a-z]"),
    Mark(_PRIVATE, ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    Mark("a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
         r"\b(?:gh[pousr]_@{36,}|github_pat_[A-Za-z0-9_]{60,})\b"),
    Mark("a GitLab token", ("glpat-", "gldt-", "glrt-", "glptt-", "glft-", "glsoat-", "glcbt-", "glimt-", "glagent-"),
         r"\bgl(?:pat|dt|rt|ptt|ft|soat|cbt|imt|agent)-~{20,}"),
    Mark(_FORGE, ("ATATT", "ATBB", "ATCTT"), r"\bAT(?:ATT|BB|CTT)3?[A-Za-z0-9_=-]{28,}"),
    Mark("an AWS access key", ("AKIA", "ASIA", "ABIA", "ACCA"), r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    Mark(_CLOUD, ("LTAI", "AKID"), r"\b(?:LTAI@{16,24}|AKID@{32})\b"),
    Mark(_CLOUD, ("_v1_",), r"\bdo[opr]_v1_#{64}\b"),
    Mark(_CLOUD, ("AccountKey=", "SharedAccessKey="), r"(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40,}={0,2}"),
    Mark(_CLOUD, ("sig=",), r"[?&]sig=[A-Za-z0-9%/+]{40,}(?:%3D|=)"),
    Mark("a Google key", ("AIza", "ya29.", "GOCSPX-"), r"\b(?:AIza~{35}|ya29\.~{30,}|GOCSPX-~{24,})"),
    Mark("a Slack token", ("xox", "xapp-"), r"\b(?:xox[abceoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Z0-9]{6,}-\d+-#{30,})"),
    Mark(_CHAT, ("hooks.slack.com",), r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,}"),
    Mark(_CHAT, (":AA",), r"\b\d{8,10}:AA~{33}\b"),
    Mark(_CHAT, ("api/webhooks/",), r"discord(?:app)?\.com/api/webhooks/\d{16,20}/~{50,}"),
    Mark("a Stripe key", ("k_live_",), r"\b[rs]k_live_@{16,}\b"),
    Mark(_PAY, ("whsec_", "sq0atp-", "sq0csp-"), r"\b(?:whsec_@{24,}|sq0(?:atp|csp)-~{22,})"),
    Mark(_PAY, ("access_token$production$",), r"access_token\$production\$@{16}\$#{32}"),
    Mark("a Hugging Face token", ("hf_", "api_org_"), r"\b(?:hf|api_org)_@{30,}\b"),
    Mark(_PACKAGE, ("pypi-", "npm_", "rubygems_", "dckr_", "oy2"),
         r"\b(?:pypi-~{50,}|npm_@{36}\b|rubygems_#{48}\b|dckr_(?:pat|oat)_~{20,}|oy2@{43}\b)"),
    Mark(_MODEL, ("sk-",), r"\bsk-(?:(?:proj|svcacct|admin|ant|or)-)?~{32,}"),
    Mark(_MODEL, ("gsk_", "r8_", "pplx-", "xai-", "nvapi-"),
         r"\b(?:gsk_@{40,}|r8_@{37}|pplx-@{40,}|xai-@{60,}|nvapi-~{60,})\b"),
    Mark(_MAIL, ("SG.", "xkeysib-", "key-"), r"\b(?:SG\.~{22}\.~{43}|xkeysib-#{64}|key-#{32}\b)"),
    Mark(_MAIL, ("-us",), r"\b#{32}-us\d{1,2}\b"),
    Mark(_HOST, ("dapi", "sbp_", "pscale_", "HRKU-", "nfp_"),
         r"\b(?:dapi#{32}\b|sbp_#{40}\b|pscale_(?:tkn|pw|oauth)_~{32,}|HRKU-~{30,}|nfp_@{36,})"),
    Mark(_HOST, ("shpat_", "shpca_", "shppa_", "shpss_"), r"\bshp(?:at|ca|pa|ss)_#{32}\b"),
    Mark(_WATCH, ("glsa_", "glc_", "NRAK-", "sntrys_", "sntryu_"),
         r"\b(?:glsa_@{32}_#{8}|glc_[A-Za-z0-9+/]{32,}|NRAK-[A-Z0-9]{27}|sntry[su]_[A-Za-z0-9+/=_]{40,})"),
    Mark(_WATCH, ("hvs.", "hvb.", "hvr.", "dp.pt.", "dp.st.", "dp.ct.", ".atlasv1.", "PMAK-", "ops_eyJ"),
         r"\b(?:hv[sbr]\.~{24,}|dp\.(?:pt|st|ct)\.~{40,}|@{14}\.atlasv1\.~{60,}|PMAK-#{24}-#{34}|ops_eyJ~{100,})"),
    Mark(_TOOL, ("lin_api_", "secret_", "ntn_", "figd_"),
         r"\b(?:lin_api_@{40}\b|(?:secret|ntn)_@{43,}\b|figd_~{40,})"),
    Mark(_SOCIAL, ("EAA", "AAAAAAAA", "IGQV"), r"\b(?:EAA@{60,}|AAAAAAAA[A-Za-z0-9%]{70,}|IGQV~{60,})"),
    Mark("a signed web token", (".eyJ",), r"\beyJ~{10,}\.eyJ~{10,}\.~{16,}"),
    Mark("a password in an address", ("://",), r"\b[a-z][a-z0-9+.-]{2,12}://[^\s/:@<>{}\[\]]{1,64}:"
         r"(?!(?:pass(?:wo?r?d)?|secret|pwd|x+|\*+|\$|%|your|my)[^\s@]{0,12}[@])[^\s/:@<>{}\[\]]{6,}[@][\w.-]+", "@"),
    Mark("a password in a header", ("uthorization",), r"\bAuthorization[\"']?:? ?[\"']?"
         r"(?:Basic [A-Za-z0-9+/]{16,}={0,2}|Bearer [A-Za-z0-9._+/-]{24,})"),
)  # fmt: skip


def _expression(written: str) -> re.Pattern[str]:
    signs = {"~": "[A-Za-z0-9_-]", "@": "[A-Za-z0-9]", "#": "[0-9a-f]"}
    return re.compile(re.sub(r"[~@#](?=\{)", lambda found: signs[found.group()], written))


_MARKS = [(mark, _expression(mark.written)) for mark in MARKS]
_SIGNS = [(sign, number) for number, mark in enumerate(MARKS) for sign in mark.signs]
_PARTS = re.compile(r"[\s_.=:/@-]+")
_LONG = re.compile(r"\S{10,}")
_ENDS = ".,:;!?()[]\"'`"
_LETTERS = 20  # of the shortest key that may have nothing else
_CALLED = (
    "password", "passwd", "pwd", "passphrase", "secret", "api_key", "api-key", "apikey", "access_key", "access-key",
    "auth_token", "access_token", "private_key", "encryption_key", "passwort", "kennwort", "contraseña", "mot de passe",
)  # fmt: skip
_HINTS = ("pass", "pwd", "secret", "key", "token", "kennwort", "contrase")  # one is in each of them
_NAMED = re.compile(
    "(?:" + "|".join(_CALLED) + r")(?:[_-]?key)?"
    r"(?: is| was|[\"']?\s{0,3}(?::=|=>|==|[:=]))\s{0,3}[\"'`]?([^\s\"'`,;<>(){}\[\]$]{8,120})",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"example|sample|dummy|placeholder|change-?me|your|replace|secret|p[a4@]ss ?w[o0]rd|xxxx|\*\*\*|\.\.\.|1234567890"
    r"|redacted",
    re.IGNORECASE,
)


def marked(text: str) -> Iterator[tuple[str, int, str]]:
    """The keys of a text that bear their maker's mark: kind, place in the text, and the key."""
    long = "\n".join(filter(_may_be_marked, _LONG.findall(text)))  # no sign stands in a shorter word
    if not long:
        return
    for number in sorted({number for sign, number in _SIGNS if sign in long}):
        mark, expression = _MARKS[number]
        for found in expression.finditer(text) if mark.also in long else ():
            yield mark.kind, found.start(), found.group()


def _may_be_marked(word: str) -> bool:
    """Is it no plain word, as most are, or the one that stands before a key?"""
    return len(word) >= _LETTERS or not word.strip(_ENDS).isalpha() or "uthorization" in word


def named(text: str) -> Iterator[tuple[int, str]]:
    """What a text calls a password or a key: place and value."""
    lower = text.lower()
    if any(hint in lower for hint in _HINTS) and any(name in lower for name in _CALLED):
        for found in _NAMED.finditer(text):
            yield found.start(), found.group(1)


def may_be_real(value: str) -> bool:
    """Is a key likely a real one? An example says so, counts, repeats a letter, or is made of words."""
    if value.startswith(("-----BEGIN", "PuTTY")):
        return True
    body = max(_PARTS.split(value), key=len)
    return _PLAIN.search(body) is None and len(set(body)) >= 6 and any(map(str.isdigit, value))


def looks_random(value: str) -> bool:
    """Does a value mix letters and digits as no word does? A call, a path or a name in a program does not."""
    body = value.rstrip(".,:;!?")
    if len(body) < 8 or not may_be_real(body) or re.fullmatch(r"[a-z_]+(?:[./][a-z_]+)+", body):
        return False
    mixed = sum(any(map(test, body)) for test in (str.islower, str.isupper, str.isdigit))
    signs = any(not letter.isalnum() and letter not in "_-./:" for letter in body)
    return mixed + signs >= 3 or (mixed >= 2 and len(body) >= 20)
