"""The command line: data on stdout, everything else on stderr. Heavy modules load inside commands."""

from __future__ import annotations

import typer

from service.cli import (
    agreement,
    ask,
    batch,
    db,
    decide,
    deliveries,
    demo,
    doctor,
    fake_forge,
    fix,
    gate,
    init,
    items,
    link,
    migrate,
    new,
    noise,
    policy,
    release,
    replay,
    run,
    triage,
    up,
    worker,
)
from service.cli.answer import Answering

app = typer.Typer(
    cls=Answering,
    name="upweight",
    help="Pull requests for model weights.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    up, worker, link, demo, doctor, init, triage, fix, new, migrate, decide, batch, run, release, replay, ask,
    deliveries, db, policy, gate, items, noise, agreement, fake_forge,
):  # fmt: skip
    group.register(app)


def main() -> None:
    """The console script."""
    app()
