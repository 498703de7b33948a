"""One gate of a batch as people read it: the sentence, what each leaf did, the whole, and what was not tested and why.

Pure: all of it stands in the batch's row. A gate that was kept before a key was told is read with what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eval_harness import gate, gate_whole, gate_words
from service.db.tables import Batch, Release
from service.lines.exam import NEW

Told = dict[str, Any]
COARSE = 0.05  # ε above which a report says so
THIN = 2  # pairs of runs a leaf, under which a noisy leaf is not known as one
MARKS = {
    "veto": "it fell, and noise does not explain it: reason enough to refuse",
    "flag": "it likely fell; that is not sure enough to refuse",
    "landed": "it was taught, and rose",
    "fell": "it was taught, and got worse",
    "not shown": "it was taught, and noise may explain whatever it moved",
    "no fall shown": "nothing speaks for a loss that this gate could see",
    "not tested": "too few seeds for a test of its own",
}
ANSWERS = {True: "passed", False: "failed", None: "inconclusive"}


def report(batch: Batch, number: int, before: Release | None) -> Told | None:
    """The gate of this number (from 1), `before` being the release that it was held against; None where there is none.

    `leaves` are the gate's own rows with their `mark`, `tests` what was asked of the model as a whole, `untested` one
    sentence for each thing that was not.
    """
    if not 1 <= number <= len(batch.gates):
        return None
    kept = batch.gates[number - 1]
    result = kept.get("result", {})
    against = batch.spec.get("against") or "the base model"
    anchor = result.get("anchor")
    return {
        "repository": batch.repository,
        "batch": batch.id,
        "gate": number,
        "of": len(batch.gates),
        "members": kept["members"],
        "look": kept.get("look", 1),
        "looks": batch.spec.get("looks", 1),
        "profile": batch.spec.get("profile", "gain"),
        "against": against,
        "decision": kept["decision"],
        "sentence": sentence(kept),
        "reasons": [one["sentence"] for one in kept["reasons"]],
        "leaves": marked(result.get("leaves", [])),
        "tests": list(_tests(batch.spec.get("profile", "gain"), result, against)),
        "anchor": {"version": _anchor_of(before), "leaves": marked(anchor["leaves"])} if anchor else None,
        "kinds": result.get("kinds", []),
        "suites": result.get("suites", []),
        "untested": list(dict.fromkeys(_untested(batch, kept, before))),
        "unseen": unseen(result.get("leaves", [])),
        "override": batch.override,
    }


def sentence(kept: Mapping[str, Any]) -> str:
    """The decision in plain words, with its first cause."""
    reasons = kept["reasons"]
    if kept["decision"] != "passed" and not reasons:
        return f"The gate's decision is “{kept['decision']}”; no reason was kept."
    result = {"valid": True, "global": {"epsilon": None}, "gain": None, **kept.get("result", {})}
    return gate_words.sentence({**result, "decision": kept["decision"], "reasons": reasons})


def marked(leaves: Iterable[Mapping[str, Any]]) -> list[Told]:
    """The rows of a comparison, each with the one word for what became of the leaf: a key of MARKS."""
    return [{**leaf, "mark": _mark(leaf)} for leaf in leaves]


def _mark(leaf: Mapping[str, Any]) -> str:
    if leaf.get("vetoed") or leaf.get("flagged"):
        return "veto" if leaf.get("vetoed") else "flag"
    if leaf["clusters"] < gate.FEWEST_CLUSTERS:
        return "not tested"
    return leaf.get("outcome") or "no fall shown"


def unseen(leaves: Iterable[Mapping[str, Any]]) -> Told | None:
    """The leaf that can hide most: the smallest drop that would be seen in it; None where nothing is known of it."""
    known = [
        (x["detectable"]["even"], x) for x in leaves if (x.get("detectable") or {}).get("even") is not None
    ]
    if not known:
        return None
    even, leaf = max(known, key=lambda pair: pair[0])
    return {
        "leaf": leaf["leaf"],
        "clusters": leaf["clusters"],
        "even": even,
        "patchy": leaf["detectable"]["patchy"],
    }


def _tests(profile: str, result: Mapping[str, Any], against: str) -> Iterable[Told]:
    """What was asked of the model as a whole: each with its change, what was asked, and the answer."""
    anchor = result.get("anchor") or {}
    for whole, other in ((result.get("global"), against), (anchor.get("global"), "the anchor")):
        if whole and whole.get("change") is not None:
            asked = f"a loss of {gate_words.points(whole['epsilon'])} points is excluded"
            coarse = " (coarse)" if whole["epsilon"] > COARSE else ""
            name = f"All protected leaves together, against {other}"
            yield _test(name, whole, asked + coarse, ANSWERS[whole["passed"]])
    gained = result.get("gain")
    if gained:
        wanted, name = {
            "repair": (
                f"a loss of {gate_words.points(gate_whole.REPAIR)} points is excluded",
                "Corrected leaves",
            ),
        }.get(profile, (f"a rise of {gate_words.points(gate_whole.GAIN)} points", "Taught leaves"))
        yield _test(f"{name} together", gained, wanted, gained["outcome"])
    shipped = result.get("as_shipped")
    if shipped:
        name = f"{shipped['leaf']}, in the very run that ships"
        asked = f"no sure fall of {gate_words.points(gate.SHIPPED_DROP)} points"
        yield _test(name, shipped, asked, "inconclusive" if shipped["flagged"] else "passed")


def _test(name: str, found: Mapping[str, Any], asked: str, answer: str) -> Told:
    p = found.get("p", found.get("p_holm"))
    return {
        "name": name,
        **{key: found.get(key) for key in ("change", "low", "high")},
        "p": p,
        "asked": asked,
        "answer": answer,
    }


def _untested(batch: Batch, kept: Mapping[str, Any], before: Release | None) -> Iterable[str]:
    """What nobody may read into the report: each thing that was not tested, and why it was not."""
    result, notes = kept.get("result", {}), batch.spec.get("notes", [])
    leaves = result.get("leaves", [])
    if not result.get("valid", True):
        yield "Nothing was tested: the comparison could not be made at all."
    yield from notes
    for one in kept["reasons"]:
        if one.get("test") == "no_items" and not any(one["leaf"] in note for note in notes):
            yield one["sentence"]
    yield from result.get("notes", [])
    asked = {leaf["leaf"] for leaf in leaves}
    for leaf in leaves:
        if leaf["role"] == "both" and leaf.get("outcome") is None and f"{leaf['leaf']}{NEW}" not in asked:
            yield f"{leaf['leaf']} is extended by this batch: that it fell was tested, that it rose was not."
    if dropped := result.get("dropped"):
        yield f"{dropped} questions were left out of every comparison: not every run has an answer to them."
    if leaves:
        yield from _not_compared(batch, result, before)


def _not_compared(batch: Batch, result: Mapping[str, Any], before: Release | None) -> Iterable[str]:
    """Comparisons that were not made, and what the noise rests on."""
    if not result.get("suites"):
        yield "Safety and fairness were not measured: no suite was declared with this batch."
    for suite in result.get("suites", []):
        if suite["outcome"] == "not applicable":
            yield suite["sentence"]
    if not result.get("anchor"):
        yield _without_anchor(batch, before)
    if not result.get("gain") and batch.spec.get("profile") == "remove":
        yield "The withdrawn leaves were put to no test: they are reported only."
    if not result.get("as_shipped"):
        yield (
            "The run that would ship was not looked at alone: no leaf has seeds enough for it, or it is not known "
            "which of the release's runs was shipped."
        )
    fewest = min((leaf["pairs"] for leaf in result["leaves"] if leaf.get("pairs") is not None), default=None)
    if fewest is not None and 0 < fewest < THIN:
        yield (
            f"The history is thin: {fewest} pair of runs that differ in their seed alone. A leaf that moves more than "
            "the others by chance is not known as one yet."
        )


def _without_anchor(batch: Batch, before: Release | None) -> str:
    if before is None:
        return "No anchor was compared with: there is no release yet, and the base model stood in for one."
    if _anchor_of(before) == before.version:
        return f"No second comparison was made: {before.version} is the anchor itself."
    return f"No anchor was compared with: none is frozen. Losses before {before.version} were not looked for."


def _anchor_of(before: Release | None) -> str | None:
    """The version of the anchor that stood when a batch was compared with this release."""
    return (before.manifest.get("anchor") or {}).get("version") if before else None
