"""Licences: judged by the tree of the expression; a near miss is named, never taken."""

from __future__ import annotations

import pytest

from triage_rules.licences import opinion

ALLOWED = frozenset({"Apache-2.0", "MIT", "CC-BY-SA-4.0", "CC-BY-4.0", "CC0-1.0"})


@pytest.mark.parametrize(
    ("text", "state", "near"),
    [
        ("Apache-2.0", "allowed", None),
        ("apache-2.0", "allowed", None),
        ("Apache-2.0 OR GPL-3.0-only", "allowed", None),
        ("Apache-2.0 AND MIT", "allowed", None),
        ("Apache-2.0 AND GPL-3.0-only", "refused", None),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "refused", None),
        ("CC-BY-NC-SA-4.0", "refused", None),
        ("Apache 2.0", "unknown", "Apache-2.0"),
        ("Apache License, Version 2.0", "unknown", "Apache-2.0"),
        ("CC BY-SA 4.0", "unknown", "CC-BY-SA-4.0"),
        ("CC BY-NC-SA 4.0", "unknown", "CC-BY-NC-SA-4.0"),
        ("Public domain", "public", "CC0-1.0"),
        ("All rights reserved", "unknown", None),
        ("12455", "unknown", None),
        ("(((", "unknown", None),
        ("x" * 5000, "unknown", None),
    ],
)
def test_a_licence_line_is_judged(text: str, state: str, near: str | None) -> None:
    found = opinion(text, ALLOWED)
    assert (found.state, found.near) == (state, near)
