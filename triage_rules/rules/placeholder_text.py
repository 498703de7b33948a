"""Text of the template left in.

A leaf that still says "your question here" would teach the model to say so.

Bad: `created_by: <your GitHub username>`; an answer "TODO".  Good: every value written by the author.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.gap import gaps, is_gap
from triage_rules.hints import Caseless
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import Reading
from triage_rules.yaml_tree import Node, clip

_WHOLE = Caseless(
    r"(?:<[^<>\n]{1,60}>|\[[^\[\]\n]{1,60}\]|\{\{?[^{}\n]{1,60}\}?\}|todo\b.{0,60}|tbd|fixme\b.{0,60}|x{3,}|\.{2,}|-+|n/?a"
    r"|(?:your|the|a|an|some|my|sample|example|dummy|test)?[ _-]*(?:question|answer|context|text|domain"
    r"|description)"
    r"[ _-]*\d*(?: (?:goes )?here)?|placeholder|foo|bar|asdf+|test|lorem ipsum.*"
    r"|<?your[ _-]*(?:github|gitlab)?[ _-]*(?:user)?[ _-]*(?:name|handle|id)>?)[.!]?",
    re.DOTALL,
)
_INSIDE = Caseless(
    r"\blorem ipsum dolor\b|\b(?:insert|enter|put|write|add|type) (?:your|the|a) (?:own )?(?:question|answer"
    r"|context|text|example|username|name) here\b"
    r"|\b(?:question|answer|context) goes here\b|\breplace[ _-]me\b",
)
_BRACKETS = ("<", "[", "{")
_KEYS = ("created_by", "task_description", "domain", "document_outline", "question", "answer", "context")


@rule(Weight.fix, remedy="Write the real text.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Look for the gaps that `upweight new` leaves, and at the texts of every leaf's known keys."""
    for gap in gaps(contribution):
        message = f"`{clip(gap.key)}` is left for you to write: {clip(gap.what, 120)}."
        yield Hit(gap.place, message, "Write it in place of the mark, in your own words.")
    for reading in contribution.readings:
        if reading.root is not None:
            yield from _walk(reading, reading.root)


def _walk(reading: Reading, node: Node) -> Iterator[Hit]:
    for key, child in node.children.items():
        if child.children:
            yield from _walk(reading, child)
        elif isinstance(child.value, str) and is_gap(child.value):
            continue
        elif isinstance(child.value, str) and key in _KEYS and _placeholder(str(key), child.value.strip()):
            line, column = node.keys.get(str(key), (child.line, child.column))
            yield Hit(
                Place(reading.path, line, column),
                f"`{key}` still holds a placeholder: `{clip(child.value)}`.",
            )


def _placeholder(key: str, text: str) -> bool:
    if len(text) <= 120 and _INSIDE.search(text):
        return True
    if not _WHOLE.fullmatch(text):
        return False
    # An answer may well be a tag, a list or a word; the question that asks for it may not.
    return key not in ("answer", "context") or not (text.startswith(_BRACKETS) or text.lower() in _WORDS)


_WORDS = (
    "test",
    "foo",
    "bar",
    "text",
    "question",
    "answer",
    "a question",
    "an answer",
    "the answer",
    "n/a",
    "na",
    "-",
)
