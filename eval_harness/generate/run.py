"""The generate job: leaves in, rows out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from eval_harness.generate import rows
from eval_harness.job import GenerateJob, Progress, Refused, write_atomically
from eval_harness.recipe import load


def run(directory: Path, job: GenerateJob) -> dict[str, Any]:
    """Write `rows.jsonl`; the result as it will be written. Raises Refused for a teacher or no seeds."""
    if job.teacher:
        raise Refused("this version writes rows from seeds alone and asks no teacher; leave `teacher` out")
    recipe, progress = load(job.recipe, job.model), Progress(directory)
    found: list[rows.Row] = []
    counts: dict[str, int] = {}
    for number, leaf in enumerate(job.leaves, 1):
        if not leaf.seeds:
            raise Refused(f"{leaf.path} has no seeds")
        made = rows.of(leaf, recipe.generate, job.seed)
        counts[leaf.path] = len(made)
        found += made
        progress.say(f"{leaf.path}: {len(made)} rows from {len(leaf.seeds)} seeds", number, len(job.leaves))
    data = "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in found).encode()
    write_atomically(directory / "rows.jsonl", data)
    return {"rows": "rows.jsonl", "counts": counts, "hash": hashlib.sha256(data).hexdigest()}
