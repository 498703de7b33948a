"""What of a verdict's findings a program can mend, as a pull request shows it: suggested changes, a fold of diffs."""

from __future__ import annotations

from typing import Any

from webhooks.escape import code, fence

SHOWN = 10  # diffs in one fold
LONG = 140  # characters of a line: of more, the end is what a fix is about


def suggestion(finding: dict[str, Any]) -> dict[str, Any]:
    """Of an annotation: the lines that should stand at its own line; nothing where the patch is no such change."""
    edits = (finding.get("patch") or {}).get("edits", [])
    if len(edits) != 1:
        return {}
    edit = edits[0]
    if edit["line"] != finding["line"] or not edit["before"] or edit["before"] == edit["after"]:
        return {}
    return {"suggestion": list(edit["after"]), "lines": len(edit["before"])}


def folds(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The fold of a comment: title and markdown; none where nothing is mechanical."""
    mechanical = [each for each in findings if each.get("patch")]
    if not mechanical:
        return []
    count = "1 thing" if len(mechanical) == 1 else f"{len(mechanical)} things"
    parts = ["On your branch `upweight fix` does all of this, and changes nothing else."]
    for finding in mechanical[:SHOWN]:
        parts += [f"{code(finding['path'])} {_title(finding)}", *_diff(finding["patch"])]
    if len(mechanical) > SHOWN:
        parts.append(f"{len(mechanical) - SHOWN} more are not shown here.")
    return [(f"{count} of these a program can mend", "\n\n".join(parts))]


def _title(finding: dict[str, Any]) -> str:
    patch = finding["patch"]
    return f"becomes {code(patch['rename'])}" if patch.get("rename") else f"· {code(patch['what'])}"


def _diff(patch: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for edit in patch.get("edits", ()):
        lines.append(f"@@ line {edit['line']} @@")
        lines += [f"-{_marked(text)}" for text in edit["before"]]
        lines += [f"+{_marked(text)}" for text in edit["after"]]
    return [fence("\n".join(lines), "diff")] if lines else []


def _marked(text: str) -> str:
    """A line whose spaces at the end, tabs and byte order mark can be seen; of a long one its end."""
    text = text if len(text) <= LONG else f"…{text[-LONG:]}"
    bare = text.rstrip(" \t")
    ends = text[len(bare) :].replace(" ", "·").replace("\t", "→")
    return bare.replace("\ufeff", "[U+FEFF]").replace("\t", "→") + ends
