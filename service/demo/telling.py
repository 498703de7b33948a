"""What the player says of a batch at work: each run, each gate and each step of a search once, as it happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from service.db.tables import Batch, Release, Run
from service.demo.story import OWN, Story

OVER = ("done", "failed", "cancelled")
MINUTES = {
    "tiny": "six",
    "smollm2": "twelve",
}  # that the project's own story takes at most, on two quiet cores
REASONS = 4  # of a gate that are said; its page has all
SURE, SURELY_NOT = 0.995, 0.005  # what rests on measurements is never a whole 1 or 0
WORDS = {
    ("rows", "generate"): "training rows written from {mix}",
    ("release", "measure"): "the model so far, measured again",
    ("candidate", "train"): "the candidate, trained on {mix}",
    ("control", "train"): "a control, trained on nothing new",
    ("search", "train"): "the search, trained on {mix} alone",
    ("confirm", "train"): "without the culprit, trained on {mix}",
    ("build", "merge"): "the weights, put together",
    ("ask-before", "ask"): "the old model, asked",
    ("ask-after", "ask"): "the new model, asked",
}
ENDS = {
    "none": "nobody did it: chance, or training itself, explains the fall",
    "unresolved": "it can't be told who did it; nobody is held back, and a person decides",
}


def opening(story: Story, model: str) -> Iterator[str]:
    """What is going to be played, and how long it will take where that was measured."""
    yield f"{story.story.title}: {len(story.contribution)} contributions, base model {model}."
    if story.root == OWN.resolve() and model in MINUTES:
        yield f"On two quiet cores it takes about {MINUTES[model]} minutes."
    yield "The base model is made ready beside it: once on a machine, in a minute or two."


def name(run: Run) -> str:
    """What a run is, in words."""
    mix = numbers(run.mix) or "nothing new"
    words = WORDS.get((run.purpose, run.kind), f"{run.purpose} {run.kind} ({{mix}})").format(mix=mix)
    return words + (f", seed {run.seed}" if run.kind == "train" and run.seed is not None else "")


def numbers(found: Sequence[int]) -> str:
    """Contributions by their numbers."""
    return " ".join(f"#{n}" for n in found)


def ended(run: Run) -> str:
    """One line of a run that is over."""
    took = f"{(run.ended or 0) - (run.started or 0):.0f} s"
    return f"{name(run)}: {took if run.state == 'done' else f'{run.state} after {took}'}"


def how_far(run: Run, now: float) -> str:
    """One line of a run at work: its step, and the seconds that the steps left will take at its pace so far."""
    step, of = run.progress.get("step") or 0, run.progress.get("of") or 0
    if run.kind != "train" or not step or run.started is None:
        return f"{name(run)}: {run.progress.get('line') or 'starting'}"
    if step >= of:
        return f"{name(run)}: all {of} steps done, answering its questions"
    left = (now - run.started) * (of - step) / step
    return f"{name(run)}: step {step} of {of}, about {left:.0f} s more, then its questions"


class Told:
    """What was said of one batch, so that nothing is said twice."""

    def __init__(self) -> None:
        self._runs: set[int] = set()
        self._gates = 0
        self._searches: list[
            list[int]
        ] = []  # of each search: how many steps were said, and whether its end was

    def news(self, batch: Batch, runs: Sequence[Run]) -> Iterator[str]:
        """What is new since the last time, in the order in which it happens."""
        for run in runs:
            if run.id is not None and run.id not in self._runs and run.state in OVER:
                self._runs.add(run.id)
                yield f"     {ended(run)}"
        for gate in batch.gates[self._gates :]:
            self._gates += 1
            yield f"The gate on {numbers(gate['members'])}: {gate['decision']}"
            yield from (f"     {reason['sentence']}" for reason in gate["reasons"][:REASONS])
        if batch.search:
            searches = [*batch.search.get("earlier", []), batch.search]
            for place, search in enumerate(searches):
                yield from self._search(place, search)

    def _search(self, place: int, search: dict[str, Any]) -> Iterator[str]:
        if place == len(self._searches):
            self._searches.append([0, 0])
            yield f"Who did it? Some of them are trained without the others, and asked about {search['leaf']}."
            if within := _estimate(search.get("estimate") or {}):
                yield f"     {within}"
        said = self._searches[place]
        steps = search.get("steps", [])
        if len(steps) > said[0] and search.get("posterior"):
            said[0] = len(steps)
            yield f"     by now: {_believed(search)}"
        if search.get("verdict", "go on") != "go on" and not said[1]:
            said[1] = 1
            blamed = f"it was {numbers(search.get('blamed', []))}, which is held back"
            yield f"The search ends: {ENDS.get(search['verdict'], blamed)}."


def _estimate(estimate: dict[str, Any]) -> str:
    trainings, seconds = estimate.get("trainings") or {}, estimate.get("seconds") or {}
    if not trainings:
        return ""
    told = f"usually {trainings['usual']} trainings, at most {trainings['at_most']}"
    return f"{told}; about {seconds['usual']} s" if seconds.get("usual") is not None else told


def _believed(search: dict[str, Any]) -> str:
    """How likely each is to have done it, the likeliest first, and how likely it is that nobody did."""
    found = sorted(((p, f"#{n}") for n, p in search["posterior"].items()), key=lambda one: -one[0])
    if search.get("none") is not None:
        found.append((search["none"], "nobody"))
    return ", ".join(f"{who} {_chance(p)}" for p, who in found)


def _chance(p: float) -> str:
    return "> .99" if p > SURE else "< .01" if p < SURELY_NOT else f"{p:.2f}".removeprefix("0")


def gained(release: Release) -> str:
    """What a release learned, in one line; nothing where it was taught no leaf that is measured."""
    taught = [leaf for leaf in release.manifest.get("leaves", []) if leaf["role"] == "contributed"]
    if not taught:
        return ""
    before, after = (sum(leaf[when] for leaf in taught) / len(taught) for when in ("before", "after"))
    return f"     of the questions about what was contributed, {before:.0%} were answered before, and {after:.0%} now"
