"""What a verdict, a batch, a release look like on a pull request: pure functions from rows to markdown, a file each.

The only place where judging and forges meet. Everything that a contributor wrote goes through `webhooks.escape`;
numbers are ours. A comment gives the verdict first, then what was found, then what its author does next; what only some
want to read is folded, and the foot says what was looked at.
"""

from service.reports.batches import batch, given_up
from service.reports.check import ANNOTATED, LEVEL, check, decided, headline, labels, triaged, waits
from service.reports.held import BACK, again, held_back, superseded
from service.reports.joined import joined, parted
from service.reports.notice import AROUND, closed_for_silence, composed, reminder, whole
from service.reports.reply import LAST, Reply, replies
from service.reports.shipped import points, released
from service.reports.triage import Beside, became, conflicted, since, told, triage
from service.reports.unmeasured import unmeasured

__all__ = [
    "ANNOTATED",
    "AROUND",
    "BACK",
    "LAST",
    "LEVEL",
    "Beside",
    "Reply",
    "again",
    "batch",
    "became",
    "check",
    "closed_for_silence",
    "composed",
    "conflicted",
    "decided",
    "given_up",
    "headline",
    "held_back",
    "joined",
    "labels",
    "parted",
    "points",
    "released",
    "reminder",
    "replies",
    "since",
    "superseded",
    "told",
    "triage",
    "triaged",
    "unmeasured",
    "waits",
    "whole",
]
