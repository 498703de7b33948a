"""The model that a command line names: refused before any work where nothing could be meant by it."""

from __future__ import annotations

import re
from pathlib import Path

from service.cli.answer import USAGE, fail

OURS = ("smollm2", "tiny")


def must_be_a_model(name: str, as_json: bool) -> None:
    """End the command unless `name` is one of ours, a folder that is there, or of the form owner/name."""
    if name in OURS or Path(name).expanduser().is_dir() or re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return
    hint = f"Name {' or '.join(OURS)}, a folder that is there, or a hub's OWNER/NAME."
    fail(USAGE, "no-such-model", f"There is no model {name}.", hint, as_json)
