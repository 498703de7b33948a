"""What the player says of runs: how far they are, and how they ended."""

from __future__ import annotations

from service.db.tables import Run


def ended(run: Run) -> str:
    """One line of a run that is over."""
    mix = " ".join(f"#{n}" for n in run.mix) or "nothing new"
    took = (run.ended or 0) - (run.started or 0)
    return f"{run.purpose} {run.kind} ({mix}) {run.state} in {took:.0f} s"


def how_far(run: Run, now: float) -> str:
    """One line of a run at work: its step, and the seconds that the steps left will take at its pace so far."""
    step, of = run.progress.get("step") or 0, run.progress.get("of") or 0
    name = f"{run.purpose} {run.kind}" + (f", seed {run.seed}" if run.seed else "")
    if run.kind != "train" or not step or run.started is None:
        return f"{name}: {run.progress.get('line') or 'starting'}"
    if step >= of:
        return f"{name}: all {of} steps done, answering its questions"
    left = (now - run.started) * (of - step) / step
    return f"{name}: step {step} of {of}, about {left:.0f} s more, then its questions"
