"""``upweight gate simulate``: what a policy's gate would let through, tried before the policy is changed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.answer import NOT_FOUND, fail, give, table
from service.cli.home import Json
from service.cli.policy import refuse

if TYPE_CHECKING:
    from service.policy import Policy

OUTCOMES = ("passed", "failed", "inconclusive")
KINDS = {
    "gain": "the contributed leaves gain this much, nothing is harmed",
    "even": "one old leaf gets worse all over",
    "patchy": "whole clusters of one old leaf turn wrong",
    "everywhere": "every old leaf loses this much",
}


ONE_LOOK = "The policy declares two looks; what is simulated here is one, with the whole of α."


def register(app: typer.Typer) -> None:
    """Hang the commands into the command line."""
    group = typer.Typer(help="The release gate.", no_args_is_help=True)
    group.command("simulate")(simulate)
    app.add_typer(group, name="gate")


def simulate(
    policy: Annotated[
        Path | None,
        typer.Option(help="A policy file, or the folder of a taxonomy. Without it: the defaults."),
    ] = None,
    leaves: Annotated[
        int, typer.Option(min=1, max=200, help="Protected leaves, groups of the guard among them.")
    ] = 15,
    new: Annotated[int, typer.Option(min=1, max=100, help="Leaves that a batch brings.")] = 6,
    clusters: Annotated[int, typer.Option(min=2, max=100, help="Confirm clusters (seeds) of a leaf.")] = 12,
    items: Annotated[int, typer.Option(min=1, max=50, help="Questions of a cluster.")] = 5,
    run_sd: Annotated[
        float,
        typer.Option(min=0, max=0.2, help="How far a training seed alone moves a leaf; .02 is 2 points."),
    ] = 0.02,
    members: Annotated[int, typer.Option(min=1, max=64, help="Contributions of a batch, for the cost.")] = 6,
    worlds: Annotated[int, typer.Option(min=100, max=20_000, help="Simulated batches a line.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulation.")] = 0,
    as_json: Json = False,
) -> None:
    """Print how probably a batch passes, by what it truly does, and what it costs in trainings."""
    from eval_harness import gate_trial as trial
    from eval_harness.gate_world import BLOCK, World

    chosen = _policy(policy, as_json)
    gate, k = chosen.gate, chosen.measure.seeds
    widest = gate.epsilon_most_coarse if leaves < gate.coarse_under else gate.epsilon_most
    settings = trial.Settings(gate.alpha_release, widest, k)
    world = World(leaves=leaves, new=new, clusters=clusters, items=items, sigma=run_sd)
    epsilon = trial.margin(world, settings, seed)
    found = trial.chances(world, settings, epsilon, max(1, worlds // BLOCK), seed)
    data = {
        "policy_hash": chosen.hash,
        "alpha": settings.alpha,
        "epsilon": epsilon,
        "seeds": k,
        "looks": gate.looks,
        "worlds": max(1, worlds // BLOCK) * BLOCK,
        "chances": [asdict(chance) for chance in found],
        "trainings": trial.runs(settings, members),
    }
    give(data, as_json, _told(data, members))


def _policy(path: Path | None, as_json: bool) -> Policy:
    from service.policy import Policy, PolicyError, read_file

    try:
        return read_file(path) if path else Policy()
    except PolicyError as error:
        refuse(error, as_json)
    except OSError as error:
        fail(
            NOT_FOUND,
            "not-found",
            f"{path}: {error.strerror}.",
            "Name a policy file, or a taxonomy.",
            as_json,
        )


def _told(data: dict[str, Any], members: int) -> str:
    rows = [
        (KINDS[c["what"]], f"{100 * c['effect']:+.0f}", *(f"{100 * c[k]:.0f} %" for k in OUTCOMES))
        for c in data["chances"]
    ]
    cost = data["trainings"]
    return "\n".join(
        [
            table(("what a batch truly does", "points", *OUTCOMES), rows, "Nothing."),
            "",
            f"{data['worlds']} simulated batches a line, α {data['alpha']:g}, ε {100 * data['epsilon']:.0f} points, "
            f"{data['seeds']} seeds. Where an old leaf is harmed, the contributed ones gain 50 points.",
            *([ONE_LOOK] if data["looks"] > 1 else []),
            f"A batch of {members} that passes costs {cost['passes']} trainings; one whose culprit is searched for "
            f"at most {cost['searched_at_most']}.",
        ]
    )
