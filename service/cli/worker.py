"""``upweight worker``: another process that does the work of a home."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer

from service.cli.answer import CONFIGURATION, fail
from service.cli.home import Home, opened


def register(app: typer.Typer) -> None:
    """Add ``worker`` to the command line."""
    app.command("worker")(worker)


def worker(home: Home = None) -> None:
    """Work for a service whose queue is a broker (UPWEIGHT_BROKER_URL) until Ctrl-C; prints its name."""
    from service import settings
    from service.worker import NoBroker, work

    house = opened(home, False)
    settings.keep_from_children()
    try:
        work(house, _told)
    except NoBroker as problem:
        hint = "Give `upweight up` and its workers one broker: UPWEIGHT_BROKER_URL."
        fail(CONFIGURATION, "no-broker", str(problem), hint, False)


def _told(facts: dict[str, Any]) -> None:
    typer.echo(json.dumps(facts))
    typer.echo(f"{facts['worker']} works for {facts['home']}, {facts['slots']} at a time.", err=True)
    sys.stdout.flush()
