"""Keywords of a question: what is left when it is asked as in a search box.

Words that stand in few of a leaf's questions name the thing that is asked about; words that stand in many
name the topic. A form may drop a topic word, never the name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

WORDS = """
    a an and any are as at be been being but by can could did do does for from had has have he her him
    his how i if in into is it its many me much my of on or our she should so such than that the their
    them then there these they this those to under up was we were what when where which who whom whose
    why will with would you your please tell give name say explain describe write
"""
STOP = frozenset(WORDS.split())
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of a text as written."""
    return WORD.findall(text)


def keywords(question: str) -> list[str]:
    """The words that carry meaning, in order; all words where nothing else is left."""
    kept = [word for word in words(question) if word.lower() not in STOP]
    return kept or words(question)


def names(question: str, others: Sequence[str]) -> set[str]:
    """The keywords (lower case) that stand in at most a quarter of a leaf's questions."""
    counts = Counter(word for other in others for word in {w.lower() for w in keywords(other)})
    limit = max(1, len(others) // 4)
    mine = {word.lower() for word in keywords(question)}
    rare = {word for word in mine if counts[word] <= limit}
    return rare or mine
