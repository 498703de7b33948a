"""What a storm left: nothing lost, nothing done twice; asked of the record, the rows and the forge's own history."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from sqlmodel import col, select

from service.db.tables import Contribution, Delivery, Event
from service.record.chain import broken
from tests.lines.storm.weather import Sea, Storm
from webhooks.plain.places import PULLS


def aftermath(storm: Storm) -> dict[str, Any]:
    """What is left when it is over, in the words of the promise."""
    sea = storm.sea
    with storm.sea_database().read() as session:
        rows = {row.number: row for row in session.exec(select(Contribution))}
        events = [
            (e.kind, e.number, json.loads(e.body))
            for e in session.exec(select(Event).order_by(col(Event.id)))
        ]
        kept = list(session.exec(select(Delivery.id, Delivery.state)))
        fault = broken(session, "t")
    calls = Counter(body["call"] for kind, _, body in events if kind == "test.tally")
    pushed = Counter((number, body["head"]) for kind, number, body in events if kind == "contribution.pushed")
    judged = Counter((number, body["head"]) for kind, number, body in events if kind == "contribution.judged")
    open_ones = set(sea.heads) - sea.closed
    return {
        "chain": fault,
        "deliveries lost": len({letter.id for letter in sea.letters} ^ {name for name, _ in kept}),
        "deliveries not done": sum(state != "done" for _, state in kept),
        "unjudged": [n for n in sorted(open_ones) if n not in rows or rows[n].verdict is None],
        "older heads": [n for n in sorted(open_ones) if n in rows and rows[n].head != sea.heads[n]],
        "reopened": [n for n in sorted(sea.closed) if n in rows and rows[n].state != "closed"],
        "pushed or judged twice": [
            key for both in (pushed, judged) for key, times in both.items() if times > 1
        ],
        "commands lost": len(sea.calls - set(calls)),
        "commands twice": [call for call, times in calls.items() if times > 1],
        "said twice": [key for key, times in comments(sea).items() if times > 1],
        "silent": [n for n in sorted(open_ones) if not comments(sea).get((n, "triage"))],
    }


def comments(sea: Sea) -> Counter[tuple[int, str]]:
    """How many comments each contribution ever got for each purpose, by the papers' history."""
    made: set[tuple[int, str, str]] = set()
    for commit in sea.git.walk(sea.git.references[PULLS].target):
        words = commit.message.split()
        if words[0] == "Contribution" and words[2:3] == ["say"]:
            purpose, _, identity = words[3].rpartition(".")
            made.add((int(words[1].rstrip(":")), purpose, identity))
    return Counter((number, purpose) for number, purpose, _ in made)


CALM = {
    "chain": None,
    "deliveries lost": 0,
    "deliveries not done": 0,
    "unjudged": [],
    "older heads": [],
    "reopened": [],
    "pushed or judged twice": [],
    "commands lost": 0,
    "commands twice": [],
    "said twice": [],
    "silent": [],
}
