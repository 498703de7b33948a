"""A key or a token in a text.

What was pushed once is read by machines within minutes: the key is lost, and a model that learns it tells it to all.

Bad: a private key, a forge's access token.  Good: `YOUR_TOKEN`, or nothing.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule

_KINDS = {
    "a private key": r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b",
    "a GitLab token": r"\bgl(?:pat|dt|rt|ptt|ft|soat|cbt)-[A-Za-z0-9_-]{20,}",
    "an AWS access key": r"\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}\b",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{20,}\b",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "a package index token": r"\b(?:pypi-[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36})\b",
    "a model service's key": r"\bsk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}\b",
    "a signed web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}",
    "a password in an address": r"\b[a-z][a-z0-9+.-]{2,12}://[^\s/:@<>{}\[\]]{1,64}:(?!(?:pass(?:word)?|x+|\*+|\$)\b)[^\s/:@<>{}\[\]]{6,}@[\w.-]+",
}
_ANY = re.compile("|".join(f"(?P<k{n}>{pattern})" for n, pattern in enumerate(_KINDS.values())))
_NAMES = tuple(_KINDS)
# One of these stands in whatever the expressions find; to look for them first is a tenth of the work.
_HINTS = (
    "PRIVATE KEY", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glptt-", "glft-",
    "glsoat-", "glcbt-", "AKIA", "ASIA", "AIza", "xox", "k_live_", "hf_", "pypi-", "npm_", "eyJ",
)  # fmt: skip
_MODELS = re.compile(r"\bsk-")
_LONGEST = 256 * 1024


@rule(Weight.stop, remedy="Take it out, and revoke it: it must be counted as known.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Search every file of the change that exists at the head, whatever it is; nothing found is repeated."""
    for file in contribution.files:
        if file.after is not None:
            yield from _in_file(file)


def _in_file(file: ChangedFile) -> Iterator[Hit]:
    text = (file.after or b"")[:_LONGEST].decode("utf-8", "replace")
    for found in _ANY.finditer(text) if _may_hold(text) else ():
        kind = _NAMES[int(str(found.lastgroup)[1:])]
        yield Hit(Place(file.path, text.count("\n", 0, found.start()) + 1), f"This line holds {kind}.")


def _may_hold(text: str) -> bool:
    if any(hint in text for hint in _HINTS) or ("://" in text and "@" in text):
        return True
    return "sk-" in text and _MODELS.search(text) is not None
