"""`--many FILE.jsonl`: a case a line in, a result a line out, and what is wrong with a line on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

Answers = Callable[
    [Iterator[str]], Iterator[tuple[str, str | None]]
]  # a result, and what is wrong with its line


def answer_many(file: Path, answers: Answers) -> int:
    """Answer every line, in order: 0, or 2 where one was off. Raises OSError or UnicodeDecodeError."""
    code = 0
    with file.open(encoding="utf-8") as lines:
        for line, wrong in answers(iter(lines)):
            sys.stdout.write(line + "\n")
            if wrong:
                sys.stderr.write(f"{file}: {wrong}\n")
                code = 2
    return code
