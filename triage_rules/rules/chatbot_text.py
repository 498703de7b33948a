"""Text that reads as if a chatbot had written it.

Many proprietary models forbid to train others on what they say, and their manners ("As an AI language model ...")
end up in the answers of whoever learns from them.

Bad: "As an AI language model, I cannot ..."  Good: the answer, in the author's own words.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.hints import Caseless
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.words import may_hold

_MANNERS = Caseless(
    r"\bas an? (?:ai|artificial intelligence|large language|language)(?: language)? model\b|\bas an ai(?: assistant)?,"
    r"|\bi(?:'m| am) (?:just )?an? (?:ai|artificial intelligence|large language model|language model)\b"
    r"|\bmy (?:knowledge|training)(?: data)? (?:cut-?off|only goes)\b|\bknowledge cut-?off\b"
    r"|\bregenerate response\b|\bi (?:cannot|can't) (?:fulfil+|assist with) (?:that|this|your) request\b"
    r"|^(?:certainly|sure|absolutely|of course)!? here(?:'s| is| are)\b|\bi hope this helps\b",
    re.MULTILINE,
)
_MODELS = Caseless(
    r"\b(?:chat ?gpt|gpt-?[345](?:\.\d|o)?(?:-turbo)?|openai|claude(?: (?:instant|opus|sonnet|haiku|\d[\d.]*))"
    r"|anthropic|google (?:bard|gemini)|gemini (?:pro|ultra|advanced)|(?:microsoft|github) copilot|bing chat"
    r"|perplexity ai)\b",
)
_MANNERS_HINTS = (
    "model", " ai", "artificial intel", "cut-off", "cutoff", "only goes", "regenerate", "request", "certainly", "sure",
    "absolutely", "of course", "hope this helps",
)  # fmt: skip
_MODELS_HINTS = ("gpt", "openai", "claude", "anthropic", "google", "gemini", "copilot", "bing", "perplexity")


class Settings(RuleSettings):
    """``named``: the weight of a proprietary model's name, which a leaf on such models may well hold."""

    named: WeightName = "note"


@rule(
    Weight.doubt,
    Settings,
    remedy="Write it in your own words, or say in attribution.txt which model wrote it.",
)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Search answers for a chatbot's manners, and all texts and attributions for the names of closed models."""
    for leaf in contribution.leaves:
        for seed in leaf.seeds:
            place = Place(leaf.file, seed.answer_line)
            if may_hold(seed.answer, _MANNERS_HINTS) and (found := _MANNERS.search(seed.answer)):
                said = " ".join(seed.answer[slice(*found.span())].split())
                yield Hit(place, f"`{said}` is how chatbots speak.")
            elif may_hold(seed.answer, _MODELS_HINTS) and (found := _MODELS.search(seed.answer)):
                named = seed.answer[slice(*found.span())]
                yield Hit(place, f"The answer names `{named}`.", weight=Weight[settings.named])
    for folder in contribution.folders:
        text = (contribution.attribution(folder) or b"").decode("utf-8", "replace")
        if found := _MODELS.search(text):
            line = text.count("\n", 0, found.start()) + 1
            message = f"The text is said to come from `{text[slice(*found.span())]}`."
            yield Hit(
                Place(f"{folder}/attribution.txt", line, 1),
                message,
                "A maintainer looks at that model's terms.",
            )
