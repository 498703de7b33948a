"""What happened, in words: an event's kind and its body as pairs that a page can show as they come."""

from __future__ import annotations

import json
import re
from typing import Any

from service.db.tables import Event

HEX = re.compile(r"[0-9a-f]{40,64}")
AT_MOST = 400  # characters of one value


def lines(event: Event) -> list[tuple[str, str]]:
    """The body as (name, value), hashes cut short; a body that is no object is one value."""
    body = json.loads(event.body)
    if not isinstance(body, dict):
        return [("says", _value(body))]
    return [(str(name), _value(value)) for name, value in body.items() if value not in (None, "", [], {})]


def words(kind: str) -> str:
    """`contribution.held-back` -> `held back`: the page says already whose story it is."""
    noun, _, what = kind.partition(".")
    text = what if noun == "contribution" else f"{noun} {what}"
    return text.replace("-", " ").replace(".", " ")


def _value(value: Any) -> str:
    if isinstance(value, list):
        text = ", ".join(_value(each) for each in value)
    elif isinstance(value, dict):
        text = ", ".join(f"{name} {_value(each)}" for name, each in value.items())
    elif isinstance(value, float):
        text = f"{value:.3g}"
    else:
        text = HEX.sub(lambda found: found[0][:12], str(value))
    return text if len(text) <= AT_MOST else f"{text[:AT_MOST]}…"
