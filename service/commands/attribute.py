"""Train a release's mix once more without each of its members, to tell what each of them moved."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import attribution
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "attribute", Right.maintain, "RELEASE"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Queue the trainings behind all that a batch wants."""
    words = list(asked.get("arguments", ()))
    version = str(asked.get("release") or (words[0] if words else ""))
    runs = attribution.ask(house, house.repository(repository), version)
    return (
        f"{len(runs)} trainings are queued; what each contribution moved will stand on the page of {version}."
    )
