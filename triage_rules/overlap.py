"""Which sets of words share enough with this one, found by counting from the rarest word on.

Two texts that share half of their words share some of their rarer half, and how many is arithmetic: whoever has too
few in common so far can't catch up with the words that were not looked at. So nobody who shares enough is missed, and
nobody else is looked at, as long as the lists that are read stay within `BUDGET`. In a large taxonomy a list of a
common word is longer than that; then the words that were read decide, the likeliest first, `MOST` of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from triage_rules.keys import LARGE

BUDGET = 12_288  # entries of lists of words that are read for one text, however large the taxonomy
LIKELY = 0.3  # of the share that is asked for: whoever has less of the words that were read is not looked at
MOST = 64  # texts that are compared word by word for one text
COMPARED = 4  # texts that are sooner compared than the lists of common words are read
FEW = 4096  # entries that are sorted as they are
Entries = npt.NDArray[np.uint32]
W = TypeVar("W")


def candidates(
    size: int, held: Iterable[tuple[int, W]], holders: Callable[[W], Entries], least: float
) -> Sequence[int]:
    """Entries of sets that may share at least this much with a set of `size` words, the likeliest first.

    `held` says of each of its words how many sets have it, rarest first; `holders` reads them. The longest lists, those
    of its commonest quarter of words, are not read where so few have enough of the others that each is compared.
    """
    read: list[Entries] = []
    total = looked = 0
    common = size // 4
    needed = math.ceil(least * size - common - 1e-9)
    for count, word in held:
        if needed > 0 and looked == size - common:
            few = _able(*_often(np.concatenate(read), needed), size, looked, least) if read else ()
            if not few or len(few[0]) <= COMPARED:
                return few[0].tolist() if few else []
        total += count
        if total > BUDGET:
            break
        looked += 1
        if count:
            read.append(holders(word))
    if not read:
        return []
    least_shared = max(least * size - (size - looked), LIKELY * least * looked if looked < size else 0)
    entries, shared = _often(np.concatenate(read), max(1, math.ceil(least_shared - 1e-9)))
    return _ranked(entries, shared, size, looked, least)


def _often(entries: Entries, times: int) -> tuple[Entries, npt.NDArray[np.intp]]:
    """Those that come so many times or more, and how often; most don't, and are counted away by half of their bits."""
    if times > 1 and len(entries) > FEW:
        half = entries >> 16
        entries = entries[np.bincount(half, minlength=1 << 16)[half] >= times]
    entries = np.sort(entries)
    begins = np.flatnonzero(np.concatenate(([True], entries[1:] != entries[:-1]))[: len(entries)])
    counts = np.diff(begins, append=len(entries))
    kept = counts >= times
    return entries[begins[kept]], counts[kept]


def _able(
    entries: Entries, shared: npt.NDArray[np.intp], size: int, looked: int, least: float
) -> tuple[Entries, npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Those that may still share enough, if they have all the words that were not looked at; with their sizes."""
    sizes = (entries & LARGE).astype(np.int64)
    most = np.minimum(shared + (size - looked), np.where(sizes < LARGE, np.minimum(sizes, size), size))
    able = most >= least * (size + sizes - most) - 1e-9
    return entries[able], shared[able], sizes[able]


def _ranked(
    entries: Entries, shared: npt.NDArray[np.intp], size: int, looked: int, least: float
) -> Sequence[int]:
    entries, shared, sizes = _able(entries, shared, size, looked, least)
    sizes[sizes == LARGE] = max(LARGE, size)
    guess = np.minimum(shared * (size / looked), np.minimum(sizes, size))
    score = guess / (size + sizes - guess)
    if looked < size:
        likely = score >= LIKELY * least
        entries, score = entries[likely], score[likely]
    score -= entries * 1e-16  # what is equal is ordered by content
    kept = 4 * MOST  # some of them may be in no tree any more
    if len(score) > kept:
        best = np.argpartition(-score, kept)[:kept]
        entries, score = entries[best], score[best]
    found: list[int] = entries[np.argsort(-score, kind="stable")].tolist()
    return found
