"""A pull request's template left unfilled.

The template asks what a triager needs to know and cannot read in the files: what the model says today, and what it
should say. An empty one is asked for again by hand, days later.

Bad: headings with nothing below them, no box ticked.  Good: a sentence below each heading.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Facts, Hit, RuleSettings, rule
from triage_rules.yaml_tree import clip

_MOST = 20_000  # letters of a description that are looked at
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HEADING = re.compile(
    r"^ {0,3}(?:(#{1,6})[ \t]+(\S.*?)[ \t#]*|\*\*([^*\n]{1,120})\*\*[ \t]*:?[ \t]*)$", re.MULTILINE
)
_BOX = re.compile(r"^[ \t]*[-*+][ \t]+\[([ xX])\].*$", re.MULTILINE)
_FILLER = re.compile(r"^[ \t]*(?:[-*+>]|\d+\.|`{3,}\w*|~{3,}\w*|\.{2,}|…|-{3,}|_{3,})[ \t]*$", re.MULTILINE)
_BOLD = 7  # a line in bold is a heading below all others


@rule(
    Weight.doubt,
    remedy="Fill in the description: what the leaf teaches, and what the model says without it.",
    needs=("body",),
)
def check(contribution: Contribution, settings: RuleSettings, facts: Facts) -> Iterator[Hit]:
    """Look below each heading of the description, and at its boxes."""
    body = contribution.body[:_MOST].replace("\r\n", "\n")
    text = _COMMENT.sub("", body)
    boxes = [found.group(1) for found in _BOX.finditer(text)]
    before, sections = _sections(_FILLER.sub("", text))
    told = any(_BOX.sub("", below).strip() for _, below in [("", before), *sections])
    if body.strip() and not told and "x" not in "".join(boxes).lower():
        yield Hit(Place(""), "The description is the template as it was.")
        return
    if empty := [title for title, below in sections if not below]:
        names = ", ".join(f"`{clip(title)}`" for title in empty[:5])
        yield Hit(Place(""), f"The description says nothing below {names}.", weight=Weight.note)
    if boxes and " " in boxes:
        message = f"{boxes.count(' ')} of {len(boxes)} boxes of the description are not ticked."
        yield Hit(Place(""), message, "Tick what you did, and say why the rest does not apply.", Weight.note)


def _sections(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text before the first heading; each heading with what stands below it, but for those over other headings."""
    found = list(_HEADING.finditer(text))
    sections = []
    for at, heading in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(text)
        told = text[heading.end() : end].strip()
        over_another = at + 1 < len(found) and _level(found[at + 1]) > _level(heading)
        if told or not over_another:
            sections.append(((heading.group(2) or heading.group(3)).strip(), told))
    return (text[: found[0].start()] if found else text).strip(), sections


def _level(heading: re.Match[str]) -> int:
    return len(heading.group(1)) if heading.group(1) else _BOLD
