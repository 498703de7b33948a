"""A real GFM renderer, what forges look for in the text that it gives, and strangers' text made to fool both.

GitHub and GitLab render with descendants of cmark and then look for references in the text nodes outside code. So a
document is rendered by cmark-gfm with every extension, and its tags are held against those of the same document with
a harmless word in the stranger's place; what is left as text must refer to nothing.
"""

from __future__ import annotations

import random
import re
from html.parser import HTMLParser

from cmarkgfm import cmark
from cmarkgfm.cmark import Options

from webhooks import escape

EXTENSIONS = ["table", "autolink", "tagfilter", "strikethrough", "tasklist"]
OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_GITHUB_PRE_LANG

REFERENCES = {
    "a person, an issue, a request, a label, a milestone, an epic, a snippet, an alert, a formula": re.compile(
        r"[@#!~%&$^][^\s\u200b]"
    ),
    "an iteration or a list": re.compile(r"\*[^\s\u200b]"),
    "a reference in brackets": re.compile(r"\[[^\s\u200b]"),
    "a change of words": re.compile(r"\{[^\s\u200b]"),
    "an address, or an emoji by its name": re.compile(r"[^\s\u200b]:\S|:[^\s\u200b]"),
    "a host": re.compile(r"(?i)www\."),
    "an issue by its tracker": re.compile(r"(?i)[a-z]-\d|\bghsa-"),
    "a commit": re.compile(r"\b[0-9a-fA-F]{7,}\b"),
    "a path or a quick action": re.compile(r"/[^\s\u200b]"),
}
QUICK = re.compile(r"^[ \t]*/", re.MULTILINE)
GITLAB_CODE = re.compile(r"^```.+?\n```\ *$", re.MULTILINE | re.DOTALL)  # what its quick actions leave out


def render(document: str) -> str:
    """The document as HTML."""
    return str(cmark.markdown_to_html_with_extensions(document, options=OPTIONS, extensions=EXTENSIONS))


class Page(HTMLParser):
    """Its tags in their order with what they carry, its text outside code, its code."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[object] = []
        self.text: list[str] = []
        self.code: list[str] = []
        self._inside = 0
        self._new = True
        self.feed(render(document))
        self.close()
        self.text = [each for each in self.text if each.strip()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))
        self._inside += tag == "code"
        self._new = True

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(tag)
        self._inside -= tag == "code"
        self._new = True

    def handle_data(self, data: str) -> None:
        into = self.code if self._inside else self.text
        if self._new or not into:
            into.append(data)
        else:
            into[-1] += data
        self._new = False

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.tags.append(("declaration", decl))

    def handle_pi(self, data: str) -> None:
        self.tags.append(("instruction", data))

    def unknown_decl(self, data: str) -> None:
        self.tags.append(("declaration", data))


def references(page: Page) -> list[tuple[str, str]]:
    """What a forge would take for a reference, and where."""
    return [(what, text) for text in page.text for what, sign in REFERENCES.items() if sign.search(text)]


def framed(text: str) -> str:
    """A document with the text in each place where our comments let a stranger's stand."""
    line, code = escape.line(text), escape.code(text)
    cell = escape.row(line, escape.code(text, table=True), f"x {line}")
    change = escape.suggestion(text.split("\n")) or escape.fence("x", "suggestion")
    return "\n\n".join([
        f"### {line}", line, f"x {line} y", f"{code} x {line}", f"**Author:** {line}",
        f"- {line}\n- {code} {line}\n- x",
        f"| a | b | c |\n|---|---|---|\n{cell}\n| x | y | z |",
        f"<details><summary>{escape.title(text)}</summary>\n\n{line}\n\n{escape.fence(text, 'yaml')}\n\n</details>",
        change, "the last",
    ]) + "\n"  # fmt: skip


PIECES = (
    "@", "#", "!", "~", "%", "&", "$", "^", "/", "*", "_", "`", "``", "```", "````", "~~", "~~~", "|", "\\",
    "\\\\", "\\|", "<", ">", "[", "]", "(", ")", "{", "}", "{+", "+}", "[-", "-]", "-", "+", "=", ":", ";",
    ".", ",", "?", "'", '"', " ", "  ", "    ", "\t", "\n", "\r\n", "\r", "\n\n", "\0", "\u200b", "\u200d",
    "\u2060", "\ufeff", "\u202e", "\u2066", "\u2069", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\u00ad",
    "\u3000", "\u00a0", "\ud800", "\ufffd", "\U000e0041", "e\u0301\u0302", "é", "ß", "ı", "K", "🌊", "👩‍👩‍👧",
    "＠", "：", "a", "B", "1", "ada", "org/team", "12", "@ada", "@org/team", "@all", "#12", "!12", "&12", "$12",
    "%12", "^12", "~bug", '~"a bug"', "%v1", "GH-1", "gh-12", "ada/repo#1", "ada#1", "JIRA-12",
    "CVE-2026-12345", "GHSA-abcd-efgh-ijkl", "fixes #1", "Closes: GH-2", "f00dfee", "4dbe1db0",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709", "ada@4dbe1db0", "a/b@4dbe1db0", "f00dfee..4dbe1db", ":x:",
    ":+1:", ":shipit:", "http://", "https://evil.example/a?b#c", "HTTP://EVIL.example", "ftp://a.b",
    "www.evil.example", "WWW.a.b", "mailto:a@b.cd", "xmpp:a@b.cd", "a@evil.example", "a.b+c@d-e.example",
    "javascript:alert(1)", "data:,x", "<https://evil.example>", "<a@b.cd>", "[x](https://evil.example)",
    "![x](//evil.example/p.png)", "[x]: //e.example", "[x]", "[x][]", "[^1]", "[^1]: note", "[[_TOC_]]",
    "[[wiki]]", "[ ]", "- [ ] task", "- [x] task", "* item", "1. one", "1) one", "> quote", ">>>", "# heading",
    "###### six", "---", "===", "***", "___", "+++", "--- \n- a", "a: b", "%YAML", "| a | b |", "|---|---|",
    ":--", "--:", "<b>", "</b>", "<details>", "</details>", "</summary>", "<summary>", "</td></tr></table>",
    "<table>", "<script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<?php", "?>", "<!X",
    "<img src=x onerror=alert(1)>", '<a href="//e.example">', "<svg/onload=x>", "<pre>", "</pre>", "<code>",
    "</code>", "<style>", "<textarea>", "<title>", "<plaintext>", "<iframe", "&amp;", "&#64;", "&#x40;",
    "&commat;", "&lt;b&gt;", "&num;1", "&colon;", "&nbsp;", "&#0;", "&", "/close", "/label ~bug", "/merge",
    "\n/close", "\n```\n/close\n```\n", "$`x`$", "$$x$$", "$x$", "```math", "```mermaid", "```suggestion",
    "```\n", "~~~\n", "\n    code", "\\`", "\\@", "\\[", "\\<", "\\\n", "a|b", "a\\|b", "a\\\\|b", "`|`",
    "`\\|`", "`@ada`", "*a*", "**a**", "__a__", "~a~", "==a==", "::include{file=a}", "*iteration:1",
    "[vulnerability:1]", "[feature_flag:1]", "a" * 250, "|" * 40, "`" * 40,
)  # fmt: skip


def hostile(draw: random.Random) -> str:
    """A text of one to nine pieces, some of them cut, doubled or joined by what is drawn."""
    made: list[str] = []
    for _ in range(draw.randint(1, 9)):
        piece = draw.choice(PIECES)
        trick = draw.random()
        if trick < 0.1:
            piece = piece[: draw.randint(0, len(piece))]
        elif trick < 0.2:
            piece += piece
        elif trick < 0.3:
            piece = chr(
                draw.choice((draw.randrange(0x20, 0x7F), draw.randrange(0xA0, 0x2FFF), draw.randrange(32)))
            )
        made.append(piece)
    return draw.choice(("", "", " ", "\n", "\u200b")).join(made)
