"""Train a pair of placebos: the anchor's recipe twice more, so that the noise of training is known better."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import placebo
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "placebo", Right.maintain, ""


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Queue the two runs behind all others."""
    one, other = placebo.ask(house, house.repository(repository))
    return f"Runs {one} and {other} are queued; what they say of the noise counts from the next batch on."
