"""An answer too short for what is asked.

Who asks why wants a reason; a model that is shown "Yes." learns to give none.

Bad: "Why do moons shine?" answered by "Light."  Good: a sentence that says how.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.hints import Caseless
from triage_rules.rule import Count, Hit, RuleSettings, Share, rule
from triage_rules.taxonomy import Seed
from triage_rules.words import count_words, words

_ASKED = (
    # English: a question that begins so, or says so anywhere
    r"^(?:\W*(?:please|can you|could you)\W+)?(?:why|explain|describe|elaborate|discuss|justify|summari[sz]e|compare"
    r"|tell me (?:why|how)|how come|how (?:do|does|did) .{1,80} (?:works?|happens?|differs?|comes? about|functions?)\b"
    r"|what(?:'s| is| are) the (?:differences? between|causes? of|reasons? (?:for|why)|pros and cons))\b",
    r"\b(?:explain your (?:reasoning|answer)|explain (?:why|how)|show your work|step[- ]by[- ]step"
    r"|give (?:a|your) reasons?|in your own words)\b",
    # German, French, Spanish, Portuguese, Italian, Dutch, the Nordic languages, Polish, Russian, Turkish
    r"^\W*(?:bitte )?(?:warum|wieso|weshalb|erkläre?n?|beschreiben?|begründen?|pourquoi|explique[rz]?|décri(?:s|vez|re)"
    r"|por qué|explica|describe|por que|descreva|perché|spiega|descrivi|waarom|leg uit|beschrijf|varför|hvorfor"
    r"|förklara|forklar|beskriv|dlaczego|wyjaśnij|opisz|почему|зачем|объясни(?:те)?|опиши(?:те)?|neden|niçin|açıkla)\b",
    # Chinese, Japanese, Korean, Arabic, Hindi
    r"为什么|為什麼|请解释|なぜ|どうして|説明し|왜 |설명해|لماذا|اشرح|क्यों|समझाइए",
)
_REASONED = Caseless("|".join(_ASKED))


class Settings(RuleSettings):
    """``least``: words that an answer needs where a reason or a description is asked; ``many``: the share of a leaf's
    seeds from which that is a doubt and no note."""

    least: Count = 3
    many: Share = 0.25


@rule(Weight.doubt, Settings, remedy="Say the reason in a sentence.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count the words of answers to questions that ask for more than a word; an empty one is the schema's business."""
    for leaf in contribution.leaves:
        weak = [seed for seed in leaf.seeds if _is_weak(seed, settings.least)]
        weight = None if len(weak) >= settings.many * len(leaf.seeds) else Weight.note
        for seed in weak:
            length = ("no word", "one word")[_length(seed)] if _length(seed) < 2 else f"{_length(seed)} words"
            message = f"The question asks for a reason or a description; the answer has {length}."
            yield Hit(Place(leaf.file, seed.answer_line), message, weight=weight)


def _is_weak(seed: Seed, least: int) -> bool:
    return bool(seed.answer) and _length(seed) < least and _REASONED.search(seed.question) is not None


def _length(seed: Seed) -> int:
    return count_words(seed.answer) if words(seed.answer) else 0
