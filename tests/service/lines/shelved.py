"""A fetcher that finds what a file beside it says: `python shelved.py FILE`, with an order on its stdin.

The file maps an address to a Document without its citation; an address that it does not have is tried again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    file = Path(sys.argv[1])
    order = json.load(sys.stdin)
    with file.with_suffix(".asked").open("a") as asked:
        asked.write(order["cited"]["repo"] + "\n")
    found = json.loads(file.read_text()).get(
        order["cited"]["repo"], {"state": "later", "why": "nobody answers"}
    )
    print(json.dumps({"cited": order["cited"], **found}))
