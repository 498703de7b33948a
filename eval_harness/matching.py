"""Whether a written answer says what a short reference says: both as plain words, the reference whole in the answer.

Case, punctuation, articles and white space count for nothing, and neither do the commas within a number. The
reference may stand anywhere in the answer, as whole words in its own order: models answer in sentences. An answer that
denies (`not`, `never` ...) where the reference does not is right only when it is the reference. Pure, for English.
"""

from __future__ import annotations

import re
import unicodedata

SHORT = 8  # words of a reference that may be matched; a longer one can be said in too many ways
ARTICLES = {"a", "an", "the"}
DENIALS = {"no", "not", "never", "neither", "nor", "none", "nobody", "nothing", "without", "cannot"}
WORD = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*|\w+(?:'\w+)*")


def words(text: str) -> list[str]:
    """A text's words as they are compared."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    found = [_word(word) for word in WORD.findall(plain)]
    return [word for word in found if word not in ARTICLES]


def _word(word: str) -> str:
    if word.lstrip("-")[:1].isdigit():
        return re.sub(r",(?=\d{3}(?!\d))", "", word)
    return word.removesuffix("'s")


def short(reference: str) -> bool:
    """Whether a reference is short enough to be matched by its words."""
    return len(words(reference)) <= SHORT


def matches(answer: str, reference: str) -> bool:
    """Whether the answer says the reference."""
    said, wanted = words(answer), words(reference)
    if said == wanted:
        return True
    if not wanted or (_denies(said) and not _denies(wanted)):
        return False
    return any(said[at : at + len(wanted)] == wanted for at in range(len(said) - len(wanted) + 1))


def _denies(said: list[str]) -> bool:
    return any(word in DENIALS or word.endswith("n't") for word in said)
