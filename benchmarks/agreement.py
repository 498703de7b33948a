"""Agreement with people and with the reference checker, as shares: `upweight agreement` on a corpus.

Prints one JSON object: `schema` (files as the reference has them), `caught` (of what people sent back, not passed),
`reasons` (of the reasons that a rule can see, with a finding of the family), `blocked` (of what people accepted, told
to mend or rejected) and `needs_human` (of all). The corpus is a Git bundle that is not part of the project, with its
references beside it; its place is `--corpus`, by default beside the checkout.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.replay import CORPUS


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; exit 5 where the corpus is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agreement", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    options = parser.parse_args(argv)
    if not options.corpus.exists():
        print(f"there is no corpus at {options.corpus}", file=sys.stderr)
        return 5
    command = [str(Path(sys.executable).with_name("upweight")), "agreement", str(options.corpus), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=True)
    found = json.loads(done.stdout)["data"]
    people = found["triage"]
    told = {
        "schema": found["schema"]["agree"] / found["schema"]["files"],
        "caught": people["asked"]["caught"] / people["asked"]["n"],
        "reasons": people["reasons"]["hit"] / people["reasons"]["n"],
        "blocked": people["accepted"]["blocked"] / people["accepted"]["n"],
        "needs_human": people["needs_human"],
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
