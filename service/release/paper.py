"""Card, notes and checksums of a release: pure functions from its manifest to text."""

from __future__ import annotations

from typing import Any

import yaml


def card(manifest: dict[str, Any]) -> str:
    """The model card, with the front matter that hubs read."""
    front = {
        "license": "apache-2.0",
        "base_model": manifest["model"],
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
    before = manifest["predecessor"] or "the base model"
    text = [
        f"---\n{head}---\n",
        f"# {manifest['name']} {manifest['version']}\n",
        f"Made from {before} by {len(manifest['members'])} contributions; base model `{manifest['model']}`.",
        "The scores are shares of held-out questions answered right, by multiple choice among the answers of the same "
        "leaf. They show that what was contributed is found again in other words, not that it is understood.\n",
        table(manifest),
    ]
    if manifest.get("override"):
        text.append(
            f"\n**Released by override** ({manifest['override']['by']}): {manifest['override']['reason']}\n"
        )
    text.append('\nLoad it: `AutoModelForCausalLM.from_pretrained("model")`.\n')
    return "\n".join(text)


def table(manifest: dict[str, Any]) -> str:
    """Scores by leaf, before and after, with the 90 % interval of the change."""
    rows = [
        "| Leaf | Role | Items | Before | After | Change | 90 % interval |",
        "|---|---|---|---|---|---|---|",
    ]
    for leaf in manifest["leaves"]:
        change, low, high = (f"{100 * leaf[k]:+.0f}" for k in ("change", "low", "high"))
        cells = [
            f"`{leaf['path']}`",
            leaf["role"],
            leaf["items"],
            f"{leaf['before']:.2f}",
            f"{leaf['after']:.2f}",
        ]
        rows.append("| " + " | ".join(map(str, [*cells, change, f"{low} to {high}"])) + " |")
    return "\n".join(rows) + "\n"


def notes(manifest: dict[str, Any]) -> str:
    """What went in, by whom, and what was held back and why."""
    lines = [f"# {manifest['name']} {manifest['version']}\n", "## Contributions\n"]
    for member in manifest["members"]:
        lines.append(
            f"- #{member['number']} {member['title']} — {member['author']} ({', '.join(member['leaves'])})"
        )
    if manifest["excluded"]:
        lines.append("\n## Held back\n")
        lines += [
            f"- #{x['number']} {x['title']} — {x['author']}: {x['reason']}" for x in manifest["excluded"]
        ]
    lines += ["\n## Scores\n", table(manifest)]
    return "\n".join(lines)
