"""Placeholder of the merge: replaced by the real one."""

from typing import Any


class Mirror:
    def __init__(self, *a: Any) -> None: ...
    def fetch(self, *a: Any) -> None: ...
