"""Rules that see meaning in words, against leaves written by hand: precision and recall of each.

The cases lie in `tests/triage_rules/doubts/<rule>.yaml`, half of them good and half bad. A third is `held`: no rule was
tuned on it. A case counts as found where its rule says anything at all; of a rule that
orders (`fix`, `stop`) its notes do not count. Prints a table and, last, one JSON object:
`rules` maps each rule to its `weight` and to `tuned`, `held` and `all` with `cases`, `bad`, `found`, `false`,
`precision`, `recall` and the Wilson interval of the precision (`low`, `high`). `--show` lists the cases that a rule
got wrong, without those that are held.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.record import ROOT
from service.agreement import wilson
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Weight
from triage_rules.policy import Policy
from triage_rules.rule import Facts, rule_named

CASES = ROOT / "tests" / "triage_rules" / "doubts"
PARTS = ("tuned", "held", "all")
ALPHABETS = {
    "alnum": string.ascii_letters + string.digits, "word": string.ascii_letters + string.digits + "_-",
    "hex": "0123456789abcdef", "upper": string.ascii_uppercase + string.digits, "digit": string.digits,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One leaf, whether it is bad, and whether it was kept out of the tuning."""

    folder: str
    bad: bool
    held: bool
    qna: bytes

    @property
    def contribution(self) -> Contribution:
        """The leaf as a contribution that adds it."""
        return Contribution("h", "b", (ChangedFile(f"{self.folder}/qna.yaml", "added", after=self.qna),))


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.doubts", description=__doc__)
    parser.add_argument("--show", action="store_true", help="list the cases that were judged wrongly")
    options = parser.parse_args(argv)
    measured = {path.stem.replace("_", "-"): measure(path) for path in sorted(CASES.glob("*.yaml"))}
    print(table(measured))
    if options.show:
        for path in sorted(CASES.glob("*.yaml")):
            print("\n".join(wrong(path)))
    print(json.dumps({"rules": measured}))
    return 0


def cases(path: Path) -> Iterator[Case]:
    """The cases of one file, each as the bytes of a leaf."""
    for told in yaml.safe_load(_drawn(path.read_text(encoding="utf-8"))):
        context = {"context": told["context"]} if "context" in told else {}
        seeds = [{**context, **seed} for seed in told["seeds"]]
        leaf = {"created_by": "somebody", "task_description": told.get("task", ""), "seed_examples": seeds}
        qna = yaml.safe_dump(leaf, sort_keys=False, allow_unicode=True).encode()
        yield Case(told["folder"], told["bad"], told.get("held", False), qna)


def _drawn(text: str) -> str:
    """Signs in the place of `{alnum 36}`, drawn by a digest of where it stands: a set of keys need not hold any."""

    def signs(found: re.Match[str]) -> str:
        drawn = hashlib.shake_256(f"{found.start()} {found.group()}".encode()).digest(int(found.group(2)))
        alphabet = ALPHABETS[found.group(1)]
        return "".join(alphabet[byte % len(alphabet)] for byte in drawn)

    return re.sub(r"\{(alnum|word|hex|upper|digit) (\d{1,3})\}", signs, text)


def finds(name: str, case: Case) -> bool:
    """Does the rule, with its default settings, say anything of the case that counts?"""
    rule = rule_named(name)
    assert rule is not None, f"there is no rule {name}"
    hits = rule.run(case.contribution, Policy.default().rules[name], Facts())
    return any(rule.weight <= Weight.doubt or hit.weight is not Weight.note for hit in hits)


def measure(path: Path) -> dict[str, Any]:
    """Counts of one rule: over the cases it was tuned on, those held out, and all."""
    name = path.stem.replace("_", "-")
    rule = rule_named(name)
    assert rule is not None, f"there is no rule {name}"
    judged = [(case, finds(name, case)) for case in cases(path)]
    parts = {
        "tuned": [pair for pair in judged if not pair[0].held],
        "held": [pair for pair in judged if pair[0].held],
        "all": judged,
    }
    return {"weight": rule.weight.name} | {part: counts(pairs) for part, pairs in parts.items()}


def counts(judged: Sequence[tuple[Case, bool]]) -> dict[str, Any]:
    """Precision and recall; 1 where there was nothing to get wrong."""
    bad = sum(case.bad for case, _ in judged)
    found = sum(hit and case.bad for case, hit in judged)
    false = sum(hit and not case.bad for case, hit in judged)
    low, high = wilson(found, found + false)
    return {
        "cases": len(judged), "bad": bad, "found": found, "false": false,
        "precision": round(found / (found + false), 3) if found + false else 1.0,
        "recall": round(found / bad, 3) if bad else 1.0,
        "low": round(low, 3), "high": round(high, 3),
    }  # fmt: skip


def table(measured: dict[str, dict[str, Any]]) -> str:
    """A line for each rule and part."""
    lines = [f"{'rule':20} {'weight':6} {'part':6} {'cases':>5} {'bad':>4} {'precision':>9} {'recall':>6}"]
    for name, told in measured.items():
        for part in PARTS:
            c = told[part]
            lines.append(
                f"{name:20} {told['weight']:6} {part:6} {c['cases']:5} {c['bad']:4} "
                f"{c['precision']:9.2f} {c['recall']:6.2f}"
            )
    return "\n".join(lines)


def wrong(path: Path) -> Iterator[str]:
    """The cases that are not held and were judged wrongly."""
    name = path.stem.replace("_", "-")
    for number, case in enumerate(cases(path), 1):
        if not case.held and finds(name, case) != case.bad:
            yield f"{name} {number} {'missed' if case.bad else 'false'}: {case.folder}"


if __name__ == "__main__":
    raise SystemExit(main())
