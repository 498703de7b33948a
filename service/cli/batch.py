"""``upweight batch``: what a home holds, how a batch begins, and the ways on for one that stands still."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from service.cli.answer import NOT_FOUND, fail, give, table
from service.cli.home import Home, Json, Named, carry_out, opened, rows_of, the_one, the_repository


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Batches.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("show")(show)
    group.command("gate")(gate)
    group.command("form")(form)
    group.command("retry")(retry)
    group.command("override")(override)
    group.command("stop-search")(stop_search)
    group.command("give-up")(give_up)
    app.add_typer(group, name="batch")


def listed(repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """Every batch: its members and where it stands."""
    from service.db.tables import Batch

    keep = ("repository", "id", "state", "members", "held", "start")
    data = [{k: getattr(b, k) for k in keep} for b in rows_of(opened(home, as_json), Batch, repository)]
    shown = [[b["repository"], b["id"], b["state"], b["members"], b["held"]] for b in data]
    headings = ("repository", "batch", "state", "members", "held back")
    give(data, as_json, table(headings, shown, "No batches yet."))


def show(number: int, repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """One batch with its gates and its search."""
    row = _one(opened(home, as_json), number, repository, as_json)
    lines = [line for n, gate in enumerate(row.gates, 1) for line in _gate(n, gate, row.spec.get("looks", 1))]
    members, held = (", ".join(map(str, each)) or "-" for each in (row.members, row.held))
    head = f"{row.repository} batch {row.id}: {row.state}, members {members}, held back {held}"
    give(row.model_dump(mode="json"), as_json, "\n".join([head, *lines, *_cost(row.search)]))


def _cost(search: dict[str, Any] | None) -> list[str]:
    """What a culprit search was estimated to cost, before it started."""
    found = (search or {}).get("estimate")
    if not found:
        return []
    trainings, seconds = found["trainings"], found["seconds"]
    took = (
        "" if seconds["usual"] is None else f" (about {seconds['usual']} s, at most {seconds['at_most']} s)"
    )
    return [
        f"culprit search: estimated at {trainings['usual']} trainings, at most {trainings['at_most']}{took}"
    ]


def _gate(number: int, gate: dict[str, Any], looks: int) -> list[str]:
    """What one gate was on and decided, and its sentences; where two looks were declared, which one it was."""
    members = " ".join(f"#{n}" for n in gate["members"]) or "nothing new"
    look = f", look {gate['look']} of {looks}" if looks > 1 else ""
    reasons = [f"- {reason['sentence']}" for reason in gate["reasons"]]
    return [f"gate {number} on {members}{look}: {gate['decision']}", *reasons]


def gate(
    number: int,
    place: Annotated[
        int | None, typer.Argument(metavar="N", help="Which gate, from 1; none: the last.")
    ] = None,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """The report of one gate: the sentence, the leaves, the whole, what was not tested and why."""
    from service.cli.gate_text import text
    from service.lines import gates
    from service.lines.batch import before

    house = opened(home, as_json)
    row = _one(house, number, repository, as_json)
    with house.database.read() as session:
        told = gates.report(row, len(row.gates) if place is None else place, before(session, row))
    if told is None:
        message = (
            f"Batch {number} has no gate {place}."
            if place is not None
            else f"Batch {number} has no gate yet."
        )
        hint = f"`upweight batch show {number}` tells where it stands; it has {len(row.gates)}."
        fail(NOT_FOUND, "not-found", message, hint, as_json)
    give(told, as_json, text(told))


def form(
    numbers: Annotated[list[int], typer.Argument(help="Contributions that are merged and wait.")],
    profile: Annotated[
        str, typer.Option(help="What it is for: gain, repair or remove. Without it, what the changes say.")
    ] = "",
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Start a batch of exactly these now; asking twice gives the same one."""
    house = opened(home, as_json)
    row = the_repository(house, repository, as_json)
    carry_out(house, row.id, "batch", {"numbers": numbers, "profile": profile}, as_json, numbers=numbers)


def override(
    number: int,
    reason: Annotated[str, typer.Option(help="Why; it is shown wherever the release is.")],
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Let a batch pass that the gate did not pass."""
    _tell("override", number, repository, home, as_json, reason=reason)


def retry(number: int, repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """Queue the failed and cancelled runs of a stalled batch again; what is done stays done."""
    _tell("retry", number, repository, home, as_json)


def stop_search(number: int, repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """End the culprit search of a batch as unresolved: nobody is held back, and a person decides."""
    _tell("stop-search", number, repository, home, as_json)


def give_up(
    number: int,
    reason: Annotated[str, typer.Option(help="Why; it stands in the record.")],
    hold: Annotated[
        list[int] | None, typer.Option(help="A member that is held back; the others wait again. Repeatable.")
    ] = None,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """End a batch that stalled, did not pass or shall not be released; its members wait again, or are held back."""
    _tell("give-up", number, repository, home, as_json, reason=reason, hold=hold or [])


def _tell(command: str, number: int, repository: str | None, home: Home, as_json: bool, **more: Any) -> None:
    """Carry a word out about the batch that was meant."""
    house = opened(home, as_json)
    row = _one(house, number, repository, as_json)
    carry_out(house, row.repository, command, {"batch": row.id, **more}, as_json, batch=row.id)


def _one(house: Any, number: int, repository: str | None, as_json: bool) -> Any:
    from service.db.tables import Batch

    found = [b for b in rows_of(house, Batch, repository) if b.id == number]
    return the_one(found, f"batch {number}", "batch list", as_json)
