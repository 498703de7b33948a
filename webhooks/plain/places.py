"""Where things lie on a plain forge: refs, files of the branch of pulls, folders beside the objects.

Shared by the hook (standard library only) and by the forge that the service talks to.
"""

from __future__ import annotations

from hashlib import sha256

PULLS = "refs/upweight/pulls"  # one branch holds every contribution's papers: a ref each would slow each push
OURS = "upweight"  # our folder inside the bare repository
SPOOL = f"{OURS}/spool"
LOCK = f"{OURS}/lock"
COUNTER = f"{OURS}/counter"


def head_ref(number: int) -> str:
    """The ref that holds a contribution's newest revision."""
    return f"refs/pull/{number}/head"


def papers(number: int) -> str:
    """The folder of a contribution's papers; in hundreds, so that no tree grows with every contribution."""
    return f"{number // 100}/{number}"


def topic_path(person: str, branch: str, topic: str) -> str:
    """The file that remembers the number of a person's topic; hashed, for a topic may be named anything."""
    key = sha256("\0".join((person, branch, topic)).encode("utf-8", "surrogateescape")).hexdigest()
    return f"topics/{key[:2]}/{key}"
