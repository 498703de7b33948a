"""What models answer to a contribution's own questions: how many today's model knows, and some before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webhooks.escape import code, line

LEAVES, QUESTIONS, MODELS = 3, 2, 3  # shown in a comment; the page has all


def scores(asked: Sequence[dict[str, Any]], head: str) -> str:
    """How many of the questions each model answers right, in one sentence; empty where none was asked."""
    told = []
    for leaf in asked[:LEAVES]:
        known = [model for model in leaf["models"] if model["known"]]
        counts = [
            f"{_model(model)} answers **{round(model['share'] * model['count'])} of {model['count']}** right"
            for model in known[-MODELS:]
        ]
        if counts:
            told.append(f"of {code(leaf['leaf'])} {', '.join(counts)}")
    return f"At {code(head[:12])}, {'; '.join(told)}." if told else ""


def folds(asked: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Some answers, model by model; none where nobody answered yet."""
    parts: list[str] = []
    for leaf in asked[:LEAVES]:
        models = [model for model in leaf["models"] if model["answers"]][-MODELS:]
        for at, question in enumerate(models[0]["answers"][:QUESTIONS] if models else ()):
            given = [(_model(m), m["answers"][at]["given"]) for m in models if at < len(m["answers"])]
            rows = [("the leaf", question["answer"]), *given]
            parts.append(f"{code(leaf['leaf'])} asks: {line(question['question'], 400)}")
            parts.append("\n".join(f"- {who}: {line(text, 400)}" for who, text in rows))
    several = {model["release"] for leaf in asked for model in leaf["models"] if model["answers"]}
    title = "Answers before and after" if len(several) > 1 else "What the model answers today"
    return [(title, "\n\n".join(parts))] if parts else []


def _model(model: dict[str, Any]) -> str:
    return "the base model" if model["release"] == "base" else line(model["release"], 40)
