"""The command line: data on stdout, everything else on stderr. Heavy modules load inside commands."""

from __future__ import annotations

import typer

from service.cli import ask, db, demo, init, policy, release, replay, show, triage, up

app = typer.Typer(
    name="upweight",
    help="Pull requests for model weights.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
for group in (up, demo, init, triage, show, release, replay, ask, db, policy):
    group.register(app)


def main() -> None:
    """The console script."""
    app()
