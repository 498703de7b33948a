"""What the gate found, in plain sentences: for a page, a comment, a release note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def points(value: float) -> str:
    """A fraction as whole points, half a point shown where it matters: .425 is "42.5"."""
    rounded = round(abs(value) * 100, 1)
    return f"{rounded:.0f}" if rounded == int(rounded) else f"{rounded:.1f}"


def moved(change: float, low: float, high: float) -> str:
    """A change with its interval: "fell by 12 points (90 % interval −20 to −4)"."""
    way = "fell" if change < 0 else "rose"
    return f"{way} by {points(change)} points (90 % interval {_signed(low)} to {_signed(high)})"


def _signed(value: float) -> str:
    return ("−" if value < 0 else "+") + points(value)


def veto(leaf: str, change: float, low: float, high: float, against: str) -> str:
    """One leaf fell, and noise does not explain it."""
    fell = moved(change, low, high)
    return f"{leaf} {fell} against {against}: more than its questions' spread and training noise explain."


def veto_branch(branch: str, change: float, low: float, high: float, against: str) -> str:
    """A branch of small leaves fell together."""
    fell = moved(change, low, high)
    return f"The leaves under {branch} together {fell} against {against}: more than noise explains."


def soft_flag(leaf: str, change: float, low: float, high: float, against: str) -> str:
    """A fall that is likely and not sure."""
    fell = moved(change, low, high)
    return f"{leaf} {fell} against {against}: likely a real loss, not sure enough to refuse for it."


def global_(
    change: float, low: float, high: float, epsilon: float, failed: bool, leaves: int, against: str
) -> str:
    """The mean over protected leaves, where it is not shown to be no worse."""
    if leaves < 4:
        return f"Only {leaves} protected leaves: too few to tell whether the whole got worse than {against}."
    if failed:
        return f"Over all {leaves} protected leaves the model {moved(change, low, high)} against {against}."
    return (
        f"A loss of {points(epsilon)} points over all {leaves} protected leaves can't be excluded: "
        f"it {moved(change, low, high)} against {against}."
    )


def gain(change: float, low: float, high: float, failed: bool, identical: bool) -> str:
    """The contributed leaves, where a gain is not shown."""
    if identical:
        return (
            "The candidate answers every question just as the release does: a copy, it seems, not a training."
        )
    if failed:
        return f"The contributed leaves did not gain 5 points: they {moved(change, low, high)}."
    return f"A gain of the contributed leaves is not shown: they {moved(change, low, high)}."


def repair(change: float, low: float, high: float, failed: bool) -> str:
    """The corrected leaves, where they are not shown to hold."""
    if failed:
        return f"The corrected leaves {moved(change, low, high)} by the corrected answers."
    return f"It can't be excluded that the corrected leaves lost 10 points: they {moved(change, low, high)}."


def as_shipped(leaf: str, change: float) -> str:
    """The run that would be shipped is an unlucky one."""
    return f"In the very run that would be shipped, {leaf} fell by {points(change)} points."


def sentence(result: Mapping[str, Any]) -> str:
    """One plain sentence for people, from a result of `compare`: the decision and its first cause."""
    if not result["valid"]:
        return f"No verdict: {result['reasons'][0]['sentence']}"
    if result["decision"] == "passed":
        whole, parts = result["global"], ["The candidate passed: no leaf is shown to have fallen"]
        if whole["epsilon"] is not None:
            parts.append(f"a loss of {points(whole['epsilon'])} points over all is excluded")
        got = result["gain"]
        if got is not None and got["change"] is not None:
            parts.append(f"the contributed leaves {moved(got['change'], got['low'], got['high'])}")
        return ", ".join(parts) + "."
    told = result["reasons"][0]["sentence"]
    more = len(result["reasons"]) - 1
    beside = f" ({more} more reason{'s' if more > 1 else ''})" if more else ""
    if result["decision"] == "failed":
        return f"The candidate failed: {told}{beside}"
    return f"Inconclusive, so nothing is released without a person: {told}{beside}"
