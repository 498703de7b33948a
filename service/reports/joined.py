"""That a contribution goes on in another, and that the other let it go again."""

from __future__ import annotations


def joined(into: int) -> str:
    """Where it goes on; what links there stands below, as its forge writes it."""
    return (
        f"### This goes on in contribution {into}\n\n"
        "Its commits are there as they were pushed, with their authors and sign-offs. Whoever wrote them is an author "
        "there: nobody of them approves it, and a release's notes name them all.\n\n"
        "**Author:** nothing more to do here. What you push here, opened again, is judged by itself.\n"
    )


def parted(leader: int) -> str:
    """That the newest revision of the one that it went on in holds it no more."""
    return (
        f"### Contribution {leader} holds this no more\n\n"
        f"A newer revision of contribution {leader} came without these commits, so this stands by itself again, closed "
        "as it was. It is no verdict.\n\n"
        "**Author:** open it again, or push again, and I look at it by itself.\n"
    )
