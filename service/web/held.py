"""What a revision holds at a path, as a page can show it: a file's beginning, or why there is no text to show."""

from __future__ import annotations

from typing import NamedTuple

FILE, LINK, SUBMODULE, FOLDER = "file", "link", "submodule", "folder"
BYTES = 200_000  # of a file that a page shows


class Held(NamedTuple):
    """`data` is a file's beginning (nothing of one too large to be read), a link's target, a submodule's commit."""

    what: str
    data: bytes = b""
    size: int = 0

    @classmethod
    def file(cls, data: bytes) -> Held:
        """A file whose bytes are all at hand."""
        return cls(FILE, data, len(data))

    @property
    def text(self) -> str | None:
        """The text of a file as far as it is shown; None where it is not text, or none is at hand."""
        if self.what != FILE or b"\0" in self.data[:BYTES] or (self.size and not self.data):
            return None
        return self.data[:BYTES].decode("utf-8", "replace")

    def told(self) -> str:
        """Why no line is shown, in a sentence."""
        said = self.data[:200].decode("utf-8", "replace")
        if self.what == FILE and not self.size:
            return "This file is empty."
        if self.what == FILE:
            why = "This is not text" if self.data else "This file is too large to be shown"
            return f"{why}: {amount(self.size)}."
        return {
            LINK: f"This is a symbolic link, to `{said}`; it is not followed.",
            SUBMODULE: f"This is a submodule, at commit `{said}`; nothing of it is read.",
        }.get(self.what, "This is a folder.")


GONE = "This revision takes the file away."
ABSENT = "This revision does not hold the file (any more)."


def amount(size: int) -> str:
    """A number of bytes in one unit: `57.2 MB`."""
    for unit, name in ((1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} byte{'' if size == 1 else 's'}"
