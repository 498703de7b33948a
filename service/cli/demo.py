"""``upweight demo``: the whole loop on this machine, as a story."""

from __future__ import annotations

import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.answer import CONFIGURATION, FOUND, USAGE, fail, give, ourselves, visible
from service.cli.model import must_be_a_model


def register(app: typer.Typer) -> None:
    """Add ``demo`` to the command line."""
    app.command("demo")(demo)


def demo(
    model: Annotated[str, typer.Option(help="smollm2, tiny, a folder or a hub's name.")] = "smollm2",
    seed: Annotated[int, typer.Option(min=0, max=10**9, help="Where every seed comes from.")] = 7,
    story: Annotated[Path | None, typer.Option(help="Somebody else's taxonomy and script.")] = None,
    home: Annotated[
        Path | None, typer.Option(help="An empty folder for everything; else a fresh one.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is wrong with the story.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object at the end.")] = False,
) -> None:
    """Contributions are judged, merged, trained into a model, measured, gated and released."""
    from service.demo import story as stories
    from service.settings import store_file

    must_be_a_model(model, as_json)
    folder = story or stories.OWN
    problems = stories.check(folder)
    wrong = [p for p in problems if not p.warning]
    if check:
        _checked(folder, [str(p) for p in problems], len(wrong), as_json)
        return
    if wrong:
        hint = "`upweight demo --check` lists them all."
        fail(USAGE, "bad-story", "; ".join(map(str, wrong[:5])), hint, as_json)
    if find_spec("torch") is None:
        message = "The demo trains a model, and torch is not installed."
        fail(CONFIGURATION, "no-torch", message, "Install it: pip install 'upweight[gpu]'.", as_json)
    place = (home or Path(tempfile.mkdtemp(prefix="upweight-demo-"))).absolute()
    if place.exists() and any(place.iterdir()):
        hint = (
            f"Open it: {_opened(place)}" if store_file(place).exists() else "Name an empty folder, or none."
        )
        fail(USAGE, "home-in-use", f"{place} is not empty.", hint, as_json)
    place.mkdir(parents=True, exist_ok=True)
    _play(stories.load(folder), place, model, seed, as_json)


def _checked(folder: Path, problems: list[str], wrong: int, as_json: bool) -> None:
    """What `--check` found: a line each, the sentence about them last, exit 1 where a play makes no sense."""
    if not as_json:
        for problem in problems:
            typer.echo(visible(problem))
    told: dict[str, Any] = {"problems": problems}
    if wrong:
        message = "1 thing is wrong." if wrong == 1 else f"{wrong} things are wrong."
        remedy = "Mend it." if wrong == 1 else "Mend them."
        fail(FOUND, "bad-story", message, remedy, as_json, data=told)
    told["pushes"] = _pushes(folder, as_json)
    doubts = len(problems)
    more = "" if not doubts else "; 1 warning" if doubts == 1 else f"; {doubts} warnings"
    give(told, as_json, f"The story can be played{more}.")


def _pushes(folder: Path, as_json: bool) -> list[dict[str, Any]]:
    """What triage will say to each push, a line each."""
    from service.demo import story, story_judged

    said = story_judged.told(story.load(folder))
    for push in () if as_json else said:
        turn = f" {push['push']}/{push['of']}" if push["of"] > 1 else ""
        why = f", {push['why']}" if push["why"] else ""
        typer.echo(visible(f"{push['topic']}{turn}: {push['verdict']}{why}"))
    return said


def _play(story: Any, place: Path, model: str, seed: int, as_json: bool) -> None:
    from service.demo.player import Player
    from service.demo.process import StoryEnds
    from service.settings import store_file

    begun = time.monotonic()

    def tell(line: str) -> None:
        typer.echo(f"{time.monotonic() - begun:6.0f} s  {visible(line)}", err=True)

    player = Player(story, place, model, seed, tell)
    trouble: list[str] = []
    try:
        try:
            player.play()
            trouble += player.otherwise()
        except StoryEnds as end:  # what comes after it is not there, and not worth a line each
            trouble.append(str(end))
        data = player.summary()
        for line in trouble:
            typer.echo(visible(f"Otherwise than written: {line}"), err=True)
        if trouble and as_json:
            fail(FOUND, "otherwise", "; ".join(trouble), f"The log: {place}/service.log", True, data=data)
        give(data, as_json, table(data))
        if sys.stdin.isatty() and not as_json:
            typer.echo(f"\nThe dashboard: {player.link}   (Ctrl-C ends it)", err=True)
            _stay()
    except KeyboardInterrupt:
        typer.echo("\nStopping: a training saves a checkpoint. The story ends here.", err=True)
        if store_file(place).exists():
            typer.echo(f"What was begun goes on with: {_opened(place)}", err=True)
        raise typer.Exit(130) from None
    finally:
        player.stop()
    if store_file(place).exists():
        typer.echo(f"Open it again: {_opened(place)}", err=True)
    raise typer.Exit(1 if trouble else 0)


def _opened(place: Path) -> str:
    return f"{ourselves()} up --home {place}"


def _stay() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass


def table(data: dict[str, Any]) -> str:
    """What a person reads at the end: the scores of each release, and what the last two models answer."""
    lines = []
    for release in data["releases"]:
        lines.append(f"\n{release['version']}  {release['dir']}")
        lines.append(f"  {'leaf':44} {'role':12} {'before':>7} {'after':>7} {'change':>7}   90 % interval")
        for leaf in release["leaves"]:
            row = f"  {leaf['path'][:44]:44} {leaf['role']:12} {leaf['before']:7.2f} {leaf['after']:7.2f}"
            lines.append(
                f"{row} {100 * leaf['change']:+7.0f}   {100 * leaf['low']:+.0f} to {100 * leaf['high']:+.0f}"
            )
        for out in release["excluded"]:
            lines.append(f"  held back: #{out['number']} {_shown(out['reason'])}")
    for release in data["releases"][-1:]:
        lines.append(f"\nAnswers before and after {release['version']}:")
        for asked in release["answers"]:
            lines.append(f"  {_shown(asked['question'])}")
            lines += [f"    {when:7} {_shown(asked[when])}" for when in ("before", "after")]
    return "\n".join(lines)


def _shown(text: str) -> str:
    """One line of a model's or a stranger's text, without anything that a terminal would obey."""
    seen = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(seen.split())[:200]
