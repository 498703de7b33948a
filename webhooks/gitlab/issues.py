"""A body about an issue: its text was edited, which may be our dashboard's with a box that somebody ticked.

user/project/integrations/webhook_events, "Work item events".
"""

from __future__ import annotations

import msgspec

from webhooks.event import Event, Redrawn, Unknown
from webhooks.gitlab.fields import FORGE, Number, Project, User


class _Issue(msgspec.Struct):
    iid: Number
    action: str = ""
    description: str | None = None


class _Text(msgspec.Struct):
    previous: str | None = None


class _Changes(msgspec.Struct):
    description: _Text | None = None


class _Hook(msgspec.Struct):
    user: User
    project: Project
    object_attributes: _Issue
    changes: _Changes = msgspec.field(default_factory=_Changes)


def edited(body: bytes) -> Event:
    """Another text by a person's hand; a bot ticks no box."""
    hook = msgspec.json.decode(body, type=_Hook)
    it, text = hook.object_attributes, hook.changes.description
    if it.action != "update" or text is None or hook.user.bot:
        return Unknown(f"issue {it.action[:40]}")
    before, now = text.previous or "", it.description or ""
    return Redrawn(FORGE, hook.project.path_with_namespace, str(it.iid), before, now, hook.user.person())
