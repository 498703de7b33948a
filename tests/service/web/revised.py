"""A contribution of four revisions, judged and kept as the lines would have done it."""

from __future__ import annotations

from sqlmodel import Session

from service.db import contributions, outlines
from service.db.tables import Contribution
from service.record.chain import append
from tests.triage_rules.test_since import LEAF, revision
from triage_rules.judge import judge
from triage_rules.outline import outline_of

HOSTILE = "<script>alert(1)</script>"
TEXTS = (
    LEAF, LEAF.replace("Yours faithfully", f"Yours {HOSTILE}"), LEAF + "\n", LEAF.replace("love", "joy"),
)  # fmt: skip


def fill(session: Session) -> None:
    """An answer altered, altered back with another layout, and another answer altered."""
    for number, text in enumerate(TEXTS, 1):
        change, head = revision(text), str(number) * 40
        append(session, "t", "contribution.pushed", {"head": head}, 1)
        made = contributions.revise(session, "t", 1, head, float(number), judge(change).to_json())
        outlines.keep(session, made, outline_of(change).to_json())
    row = session.get_one(Contribution, ("t", 1))
    row.state, row.head = "needs-review", "4" * 40
    session.add(row)
