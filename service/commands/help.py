"""List the commands that you may use here, with the words that stand behind them."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import obey, rights
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "help", Right.read, "[COMMAND]"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """What this person may do about this contribution; with a command's name, what that one does."""
    word = " ".join(obey.words_of(asked)[:1]).lower()
    if word:
        command = obey.known().get(word)
        if command is None:
            raise ValueError(f"There is no command {word[:40]}.")
        return f"{obey.usage(command)}: {' '.join((command.__doc__ or '').split())}"
    row = house.repository(repository)
    number = obey.about(asked)
    may = [
        obey.usage(command)
        for _, command in sorted(obey.known().items())
        if not rights.grant(house, row, command, number, who).no
    ]
    return f"You may use here: {'; '.join(may)}. With a command's name, help says what it does."
