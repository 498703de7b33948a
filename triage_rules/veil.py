"""What must not be repeated in public: a rule quotes a contributor's words in its message, and they may be such.

The rules on personal data, secrets and foul speech name what they find by kind and place. Others quote: a question that
is answered otherwise, a value that is no date. What they quote is looked at here before anybody reads it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from triage_rules.foul_speech import foul_kinds
from triage_rules.obscene_words import is_sexual
from triage_rules.rules.personal_data import kinds
from triage_rules.secret_marks import looks_random, marked, named

_QUOTED = re.compile(r"`([^`]+)`")
_CUT = re.compile(r"\S+@\S*|(?:\d[ .-]?){7,}")  # of a quote that was cut off the rest may have been, too
HIDDEN = "`…`"
_SHORT = 200  # letters of a quote that is looked at once, however many messages repeat it


def veil(message: str) -> str:
    """The message, with each quote hidden that holds what must not be repeated."""
    if "`" not in message:
        return message
    return _QUOTED.sub(_shown, message)


def _shown(found: re.Match[str]) -> str:
    quote = found.group(1)
    private = _is_private(quote) if len(quote) <= _SHORT else is_private(quote)
    return HIDDEN if private else found.group()


@lru_cache(maxsize=4096)
def _is_private(quote: str) -> bool:
    return is_private(quote)


def is_private(quote: str) -> bool:
    """Whether a text holds what must not be repeated."""
    if len(quote) < 4:
        return False
    if kinds(quote) or foul_kinds(quote) or is_sexual(quote) or any(True for _ in marked(quote)):
        return True
    if any(looks_random(value.rstrip("…")) for _, value in named(quote)):
        return True
    return quote.endswith("…") and _CUT.search(quote) is not None
