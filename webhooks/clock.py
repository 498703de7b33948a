"""Moments as forges write them: ``2026-03-01T12:00:05Z``, or ``2026-03-01 12:00:05 UTC`` in hooks of GitLab."""

from __future__ import annotations

from datetime import datetime


def seconds(moment: str | None) -> float:
    """Since the epoch; 0 where nothing is told, or nothing that can be read."""
    try:
        return max(0.0, datetime.fromisoformat((moment or "").replace(" UTC", "+00:00")).timestamp())
    except (ValueError, OverflowError):
        return 0.0
