"""Into which comment a word goes, so that a contribution rings its people at most three times in its life.

A new comment notifies everybody who follows; an edit notifies nobody. Three things are worth a bell: that it was looked
at and what it needs (`triage`), that it was held back (`held`), that it is in a release (`shipped`). Each rings once.
All else, where a batch stands say, is written into one of these: whoever wants to know finds it where they look.
"""

from __future__ import annotations

from collections.abc import Mapping

BELLS = ("triage", "held", "shipped")
WAITING = "waiting-for-author"  # the label of whoever is reminded


def place(comments: Mapping[str, str], purpose: str) -> str:
    """The comment, of those that are there or a new one, in which a word of this purpose stands.

    `comments` are in the order in which they were written. Whatever happens, a fourth one is an edit of the last: that
    holds for reports of older versions too, which had a comment for each batch and each release.
    """
    if purpose in comments:
        return purpose
    older = [name for name in comments if purpose == "shipped" and name.startswith("release-")]
    chosen = older[0] if older else purpose if purpose in BELLS else BELLS[0]
    full = chosen not in comments and len(comments) >= len(BELLS)
    return list(comments)[-1] if full else chosen
