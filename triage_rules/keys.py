"""What stands for a text, a question or a set of words where many are kept; made from the content alone.

So an index answers the same in whatever order seeds came into it and left it.
"""

from __future__ import annotations

import hashlib

from triage_rules.words import normal, words

LARGE = 255  # sizes from here on are kept as this


def shingles(question: str, answer: str) -> frozenset[str]:
    """The words of a whole seed: what "shared words" is counted on."""
    return frozenset(words(question)) | frozenset(words(answer))


def hashed(text: str) -> int:
    """64 bits of a text."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def signed(key: int) -> int:
    """64 bits as a store keeps them, and in the order in which it does."""
    return key - (1 << 64) if key >> 63 else key


def set_key(tokens: frozenset[str]) -> int:
    """64 bits of a set of words: 24 of its hash, 8 of its size, 32 of its hash again; the first 32 are its entry."""
    whole = hashed(" ".join(sorted(tokens)))
    return (whole >> 40) << 40 | min(len(tokens), LARGE) << 32 | whole & 0xFFFFFFFF


def entry_of(key: int) -> int:
    """What stands for a set in the lists of its words."""
    return key >> 32


def question_key(question: str) -> int:
    """What stands for a question, layout and punctuation aside."""
    return signed(hashed(normal(question)))


def context_key(context: str | None) -> int:
    """What stands for a context, line breaks and capitals aside."""
    return signed(hashed(" ".join(context.split()).casefold())) if context else 0
