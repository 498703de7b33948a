"""yamllint in process: the layout of a leaf, with the rule set of the reference checker or of a policy.

It is by far the slowest part of a judgement, so results are kept by text and rule set.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
from yamllint import linter
from yamllint.config import YamlLintConfig, YamlLintConfigError

REFERENCE = "{extends: relaxed, rules: {line-length: disable}}"


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


def check_config(source: str) -> str | None:
    """What is wrong with a rule set, None if nothing is."""
    try:
        _config(source)
    except YamlLintConfigError as error:
        return str(error)
    return None


@lru_cache(maxsize=512)
def smudges(text: str, source: str = REFERENCE) -> tuple[Smudge, ...]:
    """The linter's complaints about a text that was read within its bounds before."""
    found = linter.run(text, _config(source))
    return tuple(Smudge(p.line, p.column, p.level == "error", p.rule, p.desc) for p in found)
