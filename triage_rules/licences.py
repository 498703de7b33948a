"""Is a licence on the list? SPDX expressions, judged by their tree: OR needs one side, AND both."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec
from license_expression import ExpressionError, Licensing, get_spdx_licensing

_NEAR = (
    (re.compile(r"\bapache\b.*\b2(\.0)?\b|^apache( licen[cs]e)?\.?$", re.I), "Apache-2.0"),
    (re.compile(r"^(the )?mit( licen[cs]e)?\.?$", re.I), "MIT"),
    (re.compile(r"(cc[ -]*0|creative commons zero)", re.I), "CC0-1.0"),
    (re.compile(r"(cc[ -]*by[ -]*sa|attribution[ -]*share ?alike)\D*3", re.I), "CC-BY-SA-3.0"),
    (re.compile(r"(cc[ -]*by[ -]*nc[ -]*sa|noncommercial)", re.I), "CC-BY-NC-SA-4.0"),
    (re.compile(r"(cc[ -]*by[ -]*sa|attribution[ -]*share ?alike)", re.I), "CC-BY-SA-4.0"),
    (re.compile(r"(cc[ -]*by\b|creative commons attribution)", re.I), "CC-BY-4.0"),
    (re.compile(r"cdla", re.I), "CDLA-Permissive-2.0"),
)
_PUBLIC = re.compile(r"^(in the )?public[ -]?domain\W*$", re.I)


class Opinion(msgspec.Struct, frozen=True):
    """What is thought of one licence line: allowed, refused, unknown or public, and the near miss."""

    state: str
    near: str | None = None
    keys: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _licensing() -> Licensing:
    return get_spdx_licensing()


@lru_cache(maxsize=512)
def opinion(text: str, allowed: frozenset[str]) -> Opinion:
    """Judge one line against the list; a near miss is named, never taken."""
    if _PUBLIC.match(text):
        return Opinion("public", "CC0-1.0")
    if len(text) > 200:
        return Opinion("unknown")
    try:
        parsed = _licensing().parse(text, validate=True, simple=False)
    except (ExpressionError, ValueError, TypeError, AttributeError, IndexError):
        return Opinion("unknown", _near(text))
    if parsed is None:
        return Opinion("unknown", _near(text))
    keys = tuple(sorted(str(key) for key in _licensing().license_keys(parsed)))
    if text.strip() != text or str(parsed).casefold() != text.casefold():
        near = _near(text)
        if near and near.casefold() != text.casefold():
            return Opinion("unknown", near, keys)
    return Opinion("allowed" if _allowed(parsed, allowed) else "refused", None, keys)


def _allowed(node: Any, allowed: frozenset[str]) -> bool:
    operator = type(node).__name__
    if operator == "OR":
        return any(_allowed(part, allowed) for part in node.args)
    if operator == "AND":
        return all(_allowed(part, allowed) for part in node.args)
    return operator == "LicenseSymbol" and str(node.key) in allowed


def _near(text: str) -> str | None:
    return next((spdx for pattern, spdx in _NEAR if pattern.search(text)), None)
