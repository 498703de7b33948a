"""A judgement on its way to a reader: its name, its findings in a line each, and marks to know them again by."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from service.cli.answer import visible
from triage_rules.finding import Finding, Place, writable

if TYPE_CHECKING:
    from triage_rules.verdict import Verdict


class Judged(NamedTuple):
    """A verdict, under the name by which its reader knows it and the number of the pull request, where it has them."""

    verdict: Verdict
    name: str = ""
    number: int | None = None

    @property
    def about(self) -> str:
        """The number as it ends a title; nothing where there is none."""
        return "" if self.number is None else f", #{self.number}"


def one_line(text: str) -> str:
    """Text of strangers in one line, with nothing in it that a terminal or a log would obey.

    A log of GitHub obeys `##[` anywhere in a line, and `::` at its beginning, which is for the formats to see to.
    """
    return re.sub(r"\s", " ", visible(writable(text))).replace("##[", "##[U+005B]").strip()


def sentence(finding: Finding) -> str:
    """What is wrong, and what to do about it."""
    return one_line(f"{finding.message} {finding.remedy}")


def anchor(judged: Judged, finding: Finding) -> Place:
    """Where a forge shows a finding: one about commits at the first file they change, one about a file at its top.

    Both forges leave out what stands nowhere.
    """
    files = judged.verdict.files
    path = finding.path or (files[0].path if files else "")
    if not finding.path or finding.line is None:
        return Place(writable(path), 1, 1)
    return Place(writable(path), finding.line, finding.column or 1)


def marks(judged: Judged) -> list[str]:
    """A digest for each finding that stays when lines move: rule, path and words, without the numbers in them.

    Findings that are alike but for their numbers are told apart by their order.
    """
    seen: Counter[str] = Counter()
    made = []
    for finding in judged.verdict.findings:
        words = re.sub(r"\d+", "0", writable(finding.message))
        told = "\0".join((judged.about, finding.rule, writable(finding.path), words))
        seen[told] += 1
        made.append(sha256(f"{told}\0{seen[told]}".encode()).hexdigest()[:32])
    return made
