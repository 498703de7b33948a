"""Commands in the text of a comment: ``@upweight approve`` at the start of a line.

Who quotes a command does not give it: quotes, code and HTML comments are skipped, as GitHub's dialect of Markdown reads
them. Where that can't be told from the lines before (a code span that may close further down, a fence within a list,
HTML that may quote), a line is no command: to miss one costs a second comment, to invent one costs a decision that
nobody took. What a command does lives elsewhere; here is only what was said.
"""

from __future__ import annotations

import re
import shlex

import msgspec

LIMIT = 20  # commands in one comment
LONGEST = 70_000  # characters of a comment that are looked at
WORDS = 2_000  # characters of a command's words
_NAME = re.compile(r"[a-z][a-z-]{0,39}")
_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})")
_FENCED = re.compile(r"[ \t]*(?:`{3,}|~{3,})")  # looks like one, wherever it stands
_ITEM = re.compile(r"[ \t]*(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]+|$)")
_HTML = re.compile(r" {0,3}<[a-z/?!]", re.IGNORECASE)
_COMMENT = re.compile(r" {0,3}<!--")
_QUOTES = re.compile(
    r"<(?:pre|code|blockquote|q|kbd|samp|tt|xmp|listing|plaintext|script|style|textarea|template|title|s|del|strike"
    r"|noscript|svg|math|select|iframe|object|\?|!)(?![a-z0-9-])",
    re.IGNORECASE,
)
_CLOSED_ON_ITS_LINE = re.compile(r"(?<!`)`[^`]+`(?!`)|\[[^\[\]`<\\!]*\]\([^()\"'<>\\\s]*\)")


class Command(msgspec.Struct, frozen=True):
    """One command: its name, its words, and the rest of the line as it was written."""

    name: str
    arguments: tuple[str, ...] = ()
    text: str = ""


def parse(text: str, bot: str = "upweight", slash: bool = False) -> list[Command]:
    """The commands of a comment in their order; none where it gives none.

    `slash` hears ``/upweight`` as well: on forges that have no slash commands of their own.
    """
    name = re.escape(bot)
    called = rf"(?:@{name}(?:\[bot\])?|/{name})" if slash else rf"@{name}(?:\[bot\])?"
    call = re.compile(
        rf" {{0,3}}{called}(?![\w/-]|[^\x00-\x7f])[:,]?[ \t]*(.*)", re.IGNORECASE | re.ASCII | re.DOTALL
    )
    commands: list[Command] = []
    for line in spoken(text[:LONGEST]):
        found = call.fullmatch(line)
        if found is None:
            continue
        word, _, rest = found.group(1).strip().partition(" ")
        word = word.lower().rstrip(".,!;:") if word.isascii() else ""
        if _NAME.fullmatch(word):
            rest = rest.strip()[:WORDS]
            commands.append(Command(word, tuple(_words(rest)), rest))
            if len(commands) == LIMIT:
                break
    return commands


def spoken(text: str) -> list[str]:
    """The lines that surely are neither quoted, nor code, nor hidden."""
    return _Reader().read(re.split(r"\r\n|\n|\r", text))


class _Reader:
    """What the lines so far leave open: a fence, a comment, a paragraph in which something may reach over a line."""

    def __init__(self) -> None:
        self.fence = ""  # what closes it
        self.comment = False
        self.muted = False  # until the next empty line
        self.html = False  # muted, and a fence would mean nothing
        self.listed = False  # a list began somewhere

    def read(self, lines: list[str]) -> list[str]:
        """The lines that are spoken; from where nobody can tell, none."""
        said: list[str] = []
        for line in lines:
            if self.comment or (not self.fence and not self.html and _COMMENT.match(line)):
                self.comment = "-->" not in line  # what stands behind its end is no line of its own
                if "<" in line.partition("-->")[2]:
                    return said
            elif self.fence:
                found = _FENCE.match(line)
                bare = line.strip(" \t")
                if found and bare.startswith(self.fence) and not bare.strip(self.fence[0]):
                    self.fence = ""
            elif not line.strip(" \t"):
                self.muted = self.html = False
            elif self._open(line):
                return said
            elif not self.muted and not self.fence:
                if not line.startswith(("    ", "\t")) and not _ITEM.match(line):
                    said.append(line)
                self.muted = _reaches_on(line)
        return said

    def _open(self, line: str) -> bool:
        """Take in what a line begins; True where nobody can tell how it goes on."""
        inner = line
        while item := _ITEM.match(inner):
            self.listed, inner = True, inner[item.end() :]
        if _QUOTES.search(line):
            return True
        if _FENCED.match(inner):
            return self._open_fence(line, inner)
        quoted = inner.lstrip(" \t").startswith(">")
        self.html = self.html or bool(_HTML.match(inner))
        self.muted = self.muted or quoted or self.html
        return (quoted or self.html) and _torn(inner.lstrip(" \t>"))

    def _open_fence(self, line: str, inner: str) -> bool:
        """A fence at a line's start; within a list, or within HTML, nobody can tell where it ends."""
        found = _FENCE.match(line)
        if self.html or inner is not line or (self.listed and line[:1] in " \t"):
            return True
        if found:
            self.fence, self.muted = found.group(2), False
        return False


def _reaches_on(line: str) -> bool:
    """Whether a line holds what could reach over its end: half a code span, a link, a tag, words struck out."""
    return any(mark in _CLOSED_ON_ITS_LINE.sub("", line) for mark in "`<[~\\")


def _torn(line: str) -> bool:
    """Whether a tag, a comment or an attribute may be left open, and then swallow what stands below."""
    open_comment = "<!--" in line and "-->" not in line.rpartition("<!--")[2]
    open_tag = line.rfind("<") > line.rfind(">")
    return open_comment or ("<" in line and (open_tag or line.count('"') % 2 + line.count("'") % 2 > 0))


def _words(text: str) -> list[str]:
    """Words, of which quotes hold several together; an apostrophe alone is none."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
