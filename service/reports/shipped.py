"""Released: what the contribution moved in this release, whether it rose or fell."""

from __future__ import annotations

import re

from service.db.tables import Contribution, Release
from service.lines.exam import NEW
from webhooks.escape import code, line, row

_ADDRESS = re.compile(
    r"https?://[\w.:/~%+@-]{1,400}", re.ASCII
)  # nothing that would end a link, or be another


def released(release: Release, member: Contribution) -> str:
    """Leaf, before, after, change with its interval; how it was measured; in which release it came in."""
    manifest = release.manifest
    before = line(manifest.get("predecessor") or "base", 40)
    version = line(release.version, 40)
    text = [
        f"### Your contribution is in {line(manifest['name'], 60)} {version}",
        "\n".join(
            [
                row("Leaf", before, version, "Change (90 % interval)"),
                "|---|---|---|---|",
                *_rows(release, member),
            ]
        ),
    ]
    if manifest.get("override"):
        text.append(f"Released by a maintainer's override: {line(manifest['override']['reason'], 300)}")
    text.append(
        "Share of held-out questions answered right, by multiple choice among each question's own answers; change in "
        "points. Thank you."
    )
    if _ADDRESS.fullmatch(shown := str(manifest.get("shown", ""))):
        text.append(f"[Notes, scores and files of {version}]({shown})")
    came = (
        f" It came in with {line(member.release, 40)}."
        if member.release not in (None, release.version)
        else ""
    )
    text.append(f"{code(member.head[:12])} of batch {release.batch}.{came}")
    return "\n\n".join(text) + "\n"


def _rows(release: Release, member: Contribution) -> list[str]:
    rows, withdrawn = [], release.manifest.get("withdrawn", ())
    own = {leaf["path"]: leaf for leaf in release.manifest["leaves"]}
    for path in (f"{leaf}{part}" for leaf in member.leaves for part in ("", NEW)):
        name = code(path, table=True)
        if leaf := own.get(path):
            change = f"{points(leaf['change'])} ({points(leaf['low'])} to {points(leaf['high'])})"
            change += ", taken out of the mix" if path in withdrawn else ""
            rows.append(row(name, f"{leaf['before']:.2f}", f"{leaf['after']:.2f}", change))
        elif path in member.leaves:
            rows.append(row(name, "not measured", "not measured", "no items under evaluation/"))
    return rows


def points(value: float | None) -> str:
    """A change as signed points."""
    return "–" if value is None else f"{100 * value:+.0f}"
