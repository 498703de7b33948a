"""Card and notes of a release, and what of its manifest is for everybody: pure functions from the manifest.

What people wrote (titles, names, reasons) is shown as it is and does nothing: it goes through `webhooks.escape`.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from webhooks.escape import code, line

HUB = re.compile(r"[\w.-]+/[\w.-]+")  # OWNER/NAME, as model hubs name a model


def card(manifest: dict[str, Any]) -> str:
    """The model card, with the front matter that hubs read."""
    base = manifest.get("base") or {}
    named = str(base.get("id") or manifest["model"])
    front = {
        "license": str(base.get("licence") or "other").lower(),
        **({"base_model": named} if HUB.fullmatch(named) else {}),
        "tags": ["upweight"],
        "model-index": [
            {
                "name": f"{manifest['name']} {manifest['version']}",
                "results": [
                    {
                        "task": {"type": "multiple-choice"},
                        "dataset": {"name": leaf["path"], "type": "held-out items"},
                        "metrics": [{"type": "accuracy", "value": round(leaf["after"], 4)}],
                    }
                    for leaf in manifest["leaves"]
                ],
            }
        ],
    }
    head = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    text = [
        f"---\n{head}---\n",
        f"# {manifest['name']} {manifest['version']}\n",
        f"{_descent(manifest)} by {_many(len(manifest['members']))}; base model {code(_nameable(named))}.",
        "The scores are shares of held-out questions answered right, by multiple choice among the answers of the same "
        "leaf. They show that what was contributed is found again in other words, not that it is understood.\n",
        table(manifest),
    ]
    if manifest.get("override"):
        text.append(f"\n{_overridden(manifest['override'])}\n")
    text.append('\nLoad it: `AutoModelForCausalLM.from_pretrained("model")`.\n')
    return "\n".join(text)


def _many(contributions: int) -> str:
    return "1 contribution" if contributions == 1 else f"{contributions} contributions"


def _descent(manifest: dict[str, Any]) -> str:
    """What the weights were trained from, which need not be the release before."""
    before, start = manifest["predecessor"], manifest.get("start", "base")
    if start != "base":
        return f"Made from {start}"
    return f"Made anew from the base model, after {before}," if before else "Made from the base model"


def _nameable(model: str) -> str:
    """A model as strangers may read it: of a folder of this machine its last name alone."""
    return model.rstrip("/").rpartition("/")[2] if model.startswith(("/", "~", ".")) else model


def table(manifest: dict[str, Any]) -> str:
    """Scores by leaf, before and after, with the 90 % interval of the change."""
    rows = [
        "| Leaf | Role | Items | Before | After | Change | 90 % interval |",
        "|---|---|---|---|---|---|---|",
    ]
    for leaf in manifest["leaves"]:
        change, low, high = (f"{100 * leaf[k]:+.0f}" for k in ("change", "low", "high"))
        cells = [
            code(leaf["path"], table=True),
            leaf["role"],
            leaf["items"],
            f"{leaf['before']:.2f}",
            f"{leaf['after']:.2f}",
        ]
        rows.append("| " + " | ".join(map(str, [*cells, change, f"{low} to {high}"])) + " |")
    return "\n".join(rows) + "\n"


def notes(manifest: dict[str, Any]) -> str:
    """What went in, by whom, and what was held back and why."""
    lines = [f"# {manifest['name']} {manifest['version']}\n"]
    if manifest.get("override"):
        lines.append(f"{_overridden(manifest['override'])}\n")
    lines.append("## Contributions\n")
    for member in manifest["members"]:
        lines.append(f"{_named(member)} ({', '.join(map(code, member['leaves']))})")
    if manifest.get("withdrawn"):
        lines.append("\n## Taken out of the mix\n")
        lines += [f"- {code(path)}" for path in manifest["withdrawn"]]
    if manifest["excluded"]:
        lines.append("\n## Held back\n")
        lines += [f"{_named(member)}: {line(member['reason'], 600)}" for member in manifest["excluded"]]
    lines += ["\n## Scores\n", table(manifest)]
    return "\n".join(lines)


def _overridden(word: dict[str, Any]) -> str:
    """Who let a batch pass that the gate did not pass, and why."""
    return f"**Released by override** ({line(word.get('name') or word['by'])}): {line(word['reason'], 600)}"


def _named(member: dict[str, Any]) -> str:
    people = ", ".join(
        line(each) for each in (member.get("name") or member["author"], *member.get("co_authors", ()))
    )
    return f"- #{member['number']} {line(member['title'])} — {people}"


def published(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest without what only this machine needs: where its runs lie, the anchor's too."""
    anchor = manifest.get("anchor")
    told = {**manifest, "runs": _placeless(manifest["runs"])}
    return told | ({"anchor": {**anchor, "runs": _placeless(anchor["runs"])}} if anchor else {})


def _placeless(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in run.items() if key != "directory"} for run in runs]
