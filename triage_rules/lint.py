"""yamllint in process: the layout of a leaf, with the rule set of the reference checker or of a policy.

It is by far the slowest part of a judgement: yamllint scans a text twice, letter by letter, in Python. Of the
reference's rules few are errors, and in a plain text (what nearly all leaves are) these show line by line, so that
only other texts go the long way. Results are kept by text and rule set.
"""

from __future__ import annotations

import copy
import re
from collections import deque
from functools import lru_cache

import msgspec
import yaml
from yamllint import linter
from yamllint.config import YamlLintConfig, YamlLintConfigError

from triage_rules.yaml_tree import Tree

REFERENCE = "{extends: relaxed, rules: {line-length: disable}}"
TWICE = "key-duplicates"  # the reader's business; and the linter takes the square of their number to look for them
# Where PyYAML, which yamllint scans with, may read a text otherwise than libyaml, which read the tree: tabs, Unicode's
# line breaks, explicit keys, directives, ends of documents, a comment at the sign of a block. And what speaks to
# yamllint itself.
_NOT_PLAIN = ("\t", "\r", "\x85", "\u2028", "\u2029", "\ufeff", "yamllint")
_NOT_PLAIN_LINE = re.compile(r"\n(?:%|\.\.\.|---.|[ -]*\?(?:[ \n]|$))")
_NOT_PLAIN_SIGN = re.compile(r"[|>+0-9-]#")
_TRAILING = re.compile(r"(?<! ) +$", re.MULTILINE)


class Smudge(msgspec.Struct, frozen=True):
    """One complaint of the linter."""

    line: int
    column: int
    error: bool
    rule: str | None
    message: str


@lru_cache(maxsize=16)
def _config(source: str) -> YamlLintConfig:
    return YamlLintConfig(source)


@lru_cache(maxsize=32)
def _asked(source: str, warnings: bool) -> YamlLintConfig:
    """The rule set without keys that come twice, and without what only warns where nobody asks for it."""
    config = copy.deepcopy(_config(source))
    for name, rule in config.rules.items():
        if rule and (name == TWICE or not (warnings or rule["level"] == "error")):
            config.rules[name] = False
    return config


def check_config(source: str) -> str | None:
    """What is wrong with a rule set, None if nothing is."""
    try:
        _config(source)
    except YamlLintConfigError as error:
        return str(error)
    return None


def smudges(tree: Tree, source: str = REFERENCE, warnings: bool = False) -> tuple[Smudge, ...]:
    """The linter's errors, and its warnings where asked for, about what was read within its bounds before."""
    if source == REFERENCE and not warnings and is_plain(tree):
        return tuple(_of_plain(tree.text))
    return by_the_linter(tree.text, source, warnings)


def is_plain(tree: Tree) -> bool:
    """Does the text keep to what both of YAML's scanners read alike?"""
    if tree.flow or any(map(tree.text.__contains__, _NOT_PLAIN)):
        return False
    if "#" in tree.text and _NOT_PLAIN_SIGN.search(tree.text):
        return False
    return not _NOT_PLAIN_LINE.search("\n" + tree.text)


def scans(tree: Tree) -> bool:
    """Does PyYAML, with which the reference reads, take the text too? It knows no tab between words.

    yamllint parses with it first, and what it said is kept for the rule; a text that speaks to yamllint may stop it.
    """
    if is_plain(tree):
        return True
    if "yamllint" not in tree.text:
        return all(smudge.rule is not None for smudge in smudges(tree))
    try:
        deque(yaml.parse(tree.text, Loader=yaml.SafeLoader), maxlen=0)
    except yaml.YAMLError:
        return False
    return True


@lru_cache(maxsize=512)
def by_the_linter(text: str, source: str = REFERENCE, warnings: bool = False) -> tuple[Smudge, ...]:
    """The same by yamllint itself, however plain the text."""
    found = linter.run(text, _asked(source, warnings))
    return tuple(Smudge(p.line, p.column, p.level == "error", p.rule, p.desc) for p in found)


def _of_plain(text: str) -> list[Smudge]:
    """All of the reference's rules but two only warn where there is no alias and no error of syntax."""
    found, line, at = [], 1, 0
    for match in _TRAILING.finditer(text) if " \n" in text or text.endswith(" ") else ():
        start = match.start()
        line, at = line + text.count("\n", at, start), start
        column = start - text.rfind("\n", 0, start)
        found.append(Smudge(line, column, True, "trailing-spaces", "trailing spaces"))
    if text and not text.endswith("\n"):
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
        message = "no new line character at the end of file"
        found.append(Smudge(line, column, True, "new-line-at-end-of-file", message))
    return found
