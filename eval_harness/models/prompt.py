"""How a question is put to a model: its own chat template, without a system prompt.

The same text is trained on, measured on, and asked: one place, so that they can't drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MARK = "\x01question\x01"
ANSWER = "\x02answer\x02"


@dataclass(frozen=True)
class Prompt:
    """The text before and after a question, and what ends an answer."""

    before: str
    after: str
    end: str

    def text(self, question: str, context: str | None = None) -> str:
        """Everything that stands before the answer. The context comes before the question."""
        asked = f"{context.strip()}\n\n{question.strip()}" if context else question.strip()
        return f"{self.before}{asked}{self.after}"


def of(tokenizer: Any) -> Prompt:
    """The prompt that a tokenizer's chat template makes; a plain one where it has none."""
    if not getattr(tokenizer, "chat_template", None):
        return Prompt("Question: ", "\nAnswer: ", tokenizer.eos_token or "\n")
    asked = [{"role": "user", "content": MARK}]
    opened = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    told = [*asked, {"role": "assistant", "content": ANSWER}]
    closed = tokenizer.apply_chat_template(told, tokenize=False)
    before, after = opened.split(MARK)
    end = closed.split(ANSWER)[1].rstrip("\n")
    return Prompt(before, after, end or tokenizer.eos_token or "\n")
