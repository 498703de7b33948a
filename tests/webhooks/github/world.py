"""A small GitHub in memory: one repository, and answers of the fields that we read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.webhooks.github.server import Answer, Server

REPO = "upweight/taxonomy"
BASE = f"/repos/{REPO}"
APP = 4242
BOT = {"id": 900, "login": "upweight-app[bot]", "type": "Bot"}
ADA = {"id": 1, "login": "ada", "type": "User"}
HOME = {"id": 70, "full_name": REPO, "name": "taxonomy"}
FORK = {"id": 71, "full_name": "ada/leaves", "name": "leaves"}
VIA = {"id": APP, "slug": "upweight-app"}
ROLES = {"read": "read", "triage": "read", "write": "write", "maintain": "write", "admin": "admin"}


def sha(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def refused(status: int, message: str, **more: Any) -> Answer:
    return Answer(status, {"message": message, "documentation_url": "https://docs.github.com/rest", **more})


class World:
    """What is on this GitHub. Everything is plain dictionaries as the interface shows them."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.tokens = 0
        self.life = timedelta(hours=1)
        self.parents: dict[str, str | None] = {sha("first"): None}
        self.refs = {"heads/main": ("commit", sha("first"))}
        self.tags: dict[str, dict[str, Any]] = {}
        self.pulls: dict[int, dict[str, Any]] = {}
        self.files: dict[int, list[dict[str, Any]]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.remarks: dict[int, dict[str, Any]] = {}
        self.reactions: dict[tuple[int, str], int] = {}
        self.labels: set[str] = set()
        self.runs: dict[int, dict[str, Any]] = {}
        self.annotations: dict[int, list[dict[str, Any]]] = {}
        self.people: dict[str, tuple[int, str]] = {}
        self.teams: dict[tuple[str, str, str], str] = {}
        self.releases: dict[int, dict[str, Any]] = {}
        self.issues: list[dict[str, Any]] = []
        self.etags = True
        self.beyond: list[str] = []  # what GitHub does and its description does not say
        self._count = 0

    def count(self) -> int:
        self._count += 1
        return self._count

    # What people do

    def contribute(self, topic: str, title: str, **more: Any) -> tuple[int, str]:
        number = self.count()
        head = self.commit(self.refs["heads/main"][1])
        self.pulls[number] = {
            "number": number, "title": title, "state": "open", "body": "Because.", "draft": False, "user": ADA,
            "head": {"sha": head, "ref": topic, "label": f"ada:{topic}", "user": ADA, "repo": FORK},
            "base": {
                "sha": self.refs["heads/main"][1], "ref": "main", "label": "upweight:main", "user": ADA, "repo": HOME,
            },
            "labels": [], "created_at": "2026-11-28T10:00:00Z", "merged": False, "merge_commit_sha": None,
            "maintainer_can_modify": True, "requested_teams": [], **more,
        }  # fmt: skip
        return number, head

    def revise(self, number: int) -> str:
        head = self.commit(self.pulls[number]["head"]["sha"])
        self.pulls[number]["head"]["sha"] = head
        for remark in self.remarks.values():
            if remark["number"] == number:
                remark["line"] = remark["start_line"] = None
        return head

    def commit(self, parent: str) -> str:
        made = sha(f"{parent} {self.count()}")
        self.parents[made] = parent
        return made

    def contains(self, tip: str | None, commit: str) -> bool:
        while tip is not None and tip != commit:
            tip = self.parents.get(tip)
        return tip == commit

    def say(self, number: int, user: Mapping[str, Any], body: str, via: Any = None) -> int:
        identity = self.count()
        self.comments[identity] = {
            "id": identity, "number": number, "user": user, "body": body, "performed_via_github_app": via,
        }  # fmt: skip
        return identity
