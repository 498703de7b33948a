"""``upweight demo``: the whole loop on this machine, as a story."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.answer import CONFIGURATION, FOUND, USAGE, fail, give, ourselves, visible
from service.cli.model import must_be_a_model

ROLES = ("contributed", "protected", "guard")


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

    voice = Voice()
    player = Player(story, place, model, seed, voice.tell)
    if sys.stderr.isatty():
        player.passing, player.patience = voice.passing, 1.0
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


class Voice:
    """What the player says, on stderr, a line each with its second; at a terminal what only passes is written over."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._passing = 0  # lines that the next one is written over

    def tell(self, line: str) -> None:
        """A line that stays."""
        self._wipe()
        typer.echo(f"{time.monotonic() - self._begun:6.0f} s  {visible(line)}", err=True)

    def passing(self, lines: list[str]) -> None:
        """What is being done at this moment, each on no more than one line of the terminal."""
        self._wipe()
        width = shutil.get_terminal_size().columns
        for line in lines:
            typer.echo(f"{'':8}     ... {visible(line)}"[: width - 1], err=True)
        self._passing = len(lines)

    def _wipe(self) -> None:
        for _ in range(self._passing):
            sys.stderr.write("\x1b[1A\x1b[2K")
        self._passing = 0


def _opened(place: Path) -> str:
    return f"{ourselves()} up --home {place}"


def _stay() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass


def table(data: dict[str, Any]) -> str:
    """What a person reads at the end: each release's scores, what the last two models answer, and how long it took."""
    lines = []
    for release in data["releases"]:
        lines += ["", f"{release['version']}  {release['dir']}", *_scores(release["leaves"])]
        for out in release["excluded"]:
            lines.append(f"  held back: #{out['number']} {_shown(out['reason'])}")
    for release in data["releases"][-1:]:
        lines.append(f"\nAnswers before and after {release['version']}:")
        for asked in release["answers"]:
            lines.append(f"  {_shown(asked['question'])}")
            lines += [f"    {when:7} {_shown(asked[when])}" for when in ("before", "after")]
    return "\n".join([*lines, *_took(data["seconds"], [r["version"] for r in data["releases"]])])


def _scores(leaves: list[dict[str, Any]]) -> Iterator[str]:
    """A row for each leaf, what was contributed first; scores are shares, changes are points."""
    wide = max((len(leaf["path"]) for leaf in leaves), default=0)
    yield f"  {'leaf':{wide}}  {'role':11}  before  after  change  90 % interval"
    for leaf in sorted(leaves, key=lambda leaf: ROLES.index(leaf["role"]) if leaf["role"] in ROLES else 0):
        change, low, high = (100 * leaf[key] for key in ("change", "low", "high"))
        row = f"  {leaf['path']:{wide}}  {leaf['role']:11}  {leaf['before']:6.2f}  {leaf['after']:5.2f}"
        yield f"{row}  {change:+6.0f}  {low:+.0f} to {high:+.0f}"


def _took(seconds: dict[str, float], versions: list[str]) -> list[str]:
    """The seconds of each stage, and from the start to each release."""
    stages = ", ".join(f"{name} {took:.0f}" for name, took in seconds.items() if name not in versions)
    whole = ", ".join(f"to {name} {seconds[name]:.0f}" for name in versions if name in seconds)
    return [f"\nSeconds by stage: {stages}."] * bool(stages) + [f"From the start {whole}."] * bool(whole)


def _shown(text: str) -> str:
    """One line of a model's or a stranger's text, without anything that a terminal would obey."""
    seen = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(seen.split())[:200]
