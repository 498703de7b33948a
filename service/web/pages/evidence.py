"""The files of a contribution with its findings at their lines: as much of it as a page can carry.

A contribution may have thousands of files. A page shows those with findings first, and says how many it leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service.db.tables import Contribution
from service.web.held import ABSENT, GONE

LINES = 600  # of one file
FILES, ALL_LINES, FINDINGS = 20, 3000, 200  # of a page

Finding = dict[str, Any]


@dataclass
class File:
    """One file: its lines, the findings at them and beside them, how many lines more there are, or why none is."""

    path: str
    lines: list[str]
    more: int
    why: str
    at: dict[int, list[Finding]] = field(default_factory=dict)
    beside: list[Finding] = field(default_factory=list)  # without a line that is shown: above the file

    def take(self, finding: Finding) -> None:
        """Put a finding to its line."""
        line = finding["line"] or 0
        if 1 <= line <= len(self.lines):
            self.at.setdefault(line, []).append(finding)
        else:
            self.beside.append(finding)


@dataclass(frozen=True)
class Evidence:
    """What is shown; `about` are findings on no file, and the numbers count what is left out."""

    files: list[File]
    about: list[Finding]
    more_files: int
    more_findings: int


def evidence(services: Any, row: Contribution, verdict: dict[str, Any]) -> Evidence:
    """The heaviest findings, and the files that they are about; the other files where there is room."""
    findings: list[Finding] = verdict["findings"]
    chosen = _chosen([file["path"] for file in verdict["files"]], findings)
    status = {file["path"]: file.get("status", "") for file in verdict["files"]}
    room, files = ALL_LINES, {}
    for path in chosen:
        files[path] = _file(services, row, path, status[path], min(LINES, room))
        room -= len(files[path].lines)
    about, shown = [], 0
    for finding in findings:
        if shown == FINDINGS:
            break
        if finding["path"] in files:
            files[finding["path"]].take(finding)
        elif not finding["path"]:
            about.append(finding)
        else:
            continue
        shown += 1
    return Evidence(list(files.values()), about, len(status) - len(files), len(findings) - shown)


def _chosen(paths: list[str], findings: list[Finding]) -> list[str]:
    """The files to show, in their order: those with the heaviest findings, then the first ones."""
    known = set(paths)
    found = [path for path in dict.fromkeys(finding["path"] for finding in findings) if path in known]
    kept = set(list(dict.fromkeys([*found, *paths]))[:FILES])
    return [path for path in dict.fromkeys(paths) if path in kept]


def _file(services: Any, row: Contribution, path: str, status: str, most: int) -> File:
    held = services.source(row.repository, row.head, path)
    if held is None:
        return File(path, [], 0, GONE if status == "deleted" else ABSENT)
    lines = (held.text or "").splitlines()
    return File(path, lines[:most], max(0, len(lines) - most), held.told())
