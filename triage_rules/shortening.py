"""Cited files, cut to what rules look at: the beginning, in which quotes are searched, and the very end.

Ten documents of twenty megabytes are two hundred megabytes that no rule reads; whoever keeps, sends and holds them
several times over runs out of memory. So they are cut where they are read, and once more where several go together.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from triage_rules.facts import CitedFile, Document
from triage_rules.quotes import MOST

ENDS = 200_000  # letters of a document that are kept from each end: a title and a licence stand there


def shortened(files: Iterable[CitedFile], room: int = MOST) -> tuple[CitedFile, ...]:
    """The files of one document with the first ``room`` letters of all of them, and the last ``ENDS``."""
    kept: list[CitedFile] = []
    for file in files:
        kept.append(_begun(file, room))
        room -= len(kept[-1].text)
    left = ENDS
    for at in range(len(kept) - 1, -1, -1):
        file = kept[at]
        if file.cut:
            kept[at] = msgspec.structs.replace(file, end=file.end[-left:] if left else "")
        left = max(0, left - len(file.last))
    return tuple(kept)


def _begun(file: CitedFile, room: int) -> CitedFile:
    if len(file.text) <= room:
        return file
    end = file.end if file.cut else file.text[-ENDS:]
    return msgspec.structs.replace(file, text=file.text[:room], cut=True, end=end)


def together(documents: Iterable[Document], room: int = MOST) -> tuple[Document, ...]:
    """Several documents, with no more of all of them than is searched; of each the beginning and the end remain."""
    kept = []
    for document in documents:
        files = shortened(document.files, max(room, ENDS))
        room -= sum(len(file.text) for file in files)
        kept.append(msgspec.structs.replace(document, files=files))
    return tuple(kept)
