"""A topic that the community keeps out of the model.

Advice on health, law or money from a small model does harm, and jokes and poems are what it does worst. Mathematics
and code are taught by programs that check the result, faith and politics are everybody's own, and guard rails need one
hand.

Bad: a leaf "what dose should I take".  Good: a leaf on how medicines are approved.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.hints import folded
from triage_rules.rule import Hit, RuleSettings, Share, WeightName, rule
from triage_rules.taxonomy import Leaf


class Topic(BaseModel):
    """One topic: the folders that stand for it, words that show it, and in what share of the seeds they
    must.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    folders: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    share: Share = 0.4
    weight: WeightName = "close"


DEFAULT = (
    Topic(
        name="medical advice",
        folders=("medical_advice", "health_advice", "diagnosis"),
        keywords=(
            "what dose", "which dose", "right dose", "how much * should i take", "should i take",
            "can i take", "is it safe to take", "which medicine", "what medicine", "what medication",
            "stop taking",
            "diagnose me", "what is the diagnosis", "my symptoms", "i have a rash", "i have a headache",
            "i have a fever", "my * hurts", "treat my", "how do i treat a", "what treatment",
            "do you prescribe",
            "medical advice", "what should i do about my * pain", "should i see a doctor",
        ),
    ),
    Topic(
        name="legal advice",
        folders=("legal_advice",),
        keywords=("can i sue", "should i sue", "legal advice", "my lawyer", "am i liable", "should i plead"),
    ),
    Topic(
        name="financial advice",
        folders=("financial_advice", "investment_advice", "stock_tips"),
        keywords=(
            "should i invest", "should i buy shares", "which stock", "which stocks", "investment advice",
            "where should i put my savings",
        ),
    ),
    Topic(
        name="jokes and poems",
        folders=(
            "jokes", "joke", "puns", "pun", "poems", "poem", "poetry", "haiku", "haikus", "limericks",
            "limerick", "riddles", "knock_knock", "dad_jokes",
        ),
        keywords=(
            "tell me a joke", "tell me a * joke", "write a poem", "write a * poem", "write a haiku",
            "write a limerick", "make up a joke", "tell me a pun",
        ),
        weight="doubt",
    ),
    Topic(
        name="mathematics",
        folders=("math", "maths", "mathematics", "arithmetic", "algebra", "calculus", "geometry", "trigonometry"),
        keywords=(
            "solve for x", "solve the equation", "the derivative of", "the integral of", "square root of",
            "what is the sum of", "simplify the expression", "factorise", "factorize", "prove that", "divided by",
            "multiplied by", "how much is * plus", "how much is * times",
        ),
        share=0.6,
        weight="doubt",
    ),
    Topic(
        name="code",
        folders=("code", "coding", "code_generation", "programming", "python", "javascript", "java", "bash", "sql"),
        keywords=(
            "write a function", "write a * function", "write a program", "write a * program", "write a script",
            "write a * script", "write code", "python code", "write an sql", "write a query", "sql query",
            "debug this code", "implement a function", "write a regular expression", "write a class",
        ),
        share=0.6,
        weight="doubt",
    ),
    Topic(
        name="religion",
        folders=("religion", "religions", "theology", "bible", "quran", "christianity", "islam", "judaism", "hinduism"),
        keywords=(
            "which religion", "true religion", "does god", "is god", "will god", "the bible says", "the quran says",
            "should i pray", "go to heaven", "go to hell", "what do * believe about god", "holy scripture",
        ),
        share=0.6,
        weight="doubt",
    ),
    Topic(
        name="politics",
        folders=("politics", "political", "elections", "political_parties"),
        keywords=(
            "who should i vote for", "which party", "should i vote", "best president", "worst president", "left-wing",
            "right-wing", "should abortion", "gun control", "is * a good president", "vote for * because",
            "should the government", "political opinion",
        ),
        share=0.6,
        weight="doubt",
    ),
    Topic(
        name="guard rails",
        folders=("guardrails", "guard_rails", "jailbreak", "jailbreaks", "red_team", "red_teaming", "adversarial"),
        keywords=(
            "how do i make a bomb", "how to make a bomb", "how do i hack", "how to hack", "how do i steal",
            "bypass your", "without any restrictions", "i cannot help with that", "i can't help with that",
            "i cannot assist with", "i can't assist with", "it would be unethical", "against my guidelines",
        ),
        share=0.6,
        weight="doubt",
    ),
)  # fmt: skip


class Settings(RuleSettings):
    """``topics``: the list; a policy that gives one replaces the default list wholly."""

    topics: tuple[Topic, ...] = DEFAULT


@rule(Weight.close, Settings, remedy="Choose another subject; the list of closed topics is in the policy.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at the folders of every leaf, then at the share of its seeds that show a topic's words."""
    for leaf in contribution.leaves:
        for topic in settings.topics:
            hit = _judge(leaf, topic)
            if hit:
                yield hit
                break


def _judge(leaf: Leaf, topic: Topic) -> Hit | None:
    weight = Weight[topic.weight]
    parts = [part.lower().replace("-", "_").replace(" ", "_") for part in leaf.path.split("/")]
    named = next((part for part in parts if part in topic.folders), None)
    if named:
        return Hit(
            leaf.place,
            f"The folder `{named}` says that this is about {topic.name}, a closed topic.",
            "",
            weight,
        )
    if not topic.keywords or not leaf.seeds:
        return None
    if not _may_be_shown(topic.keywords, leaf):
        return None
    shown = [seed for seed in leaf.seeds if _shows(topic.keywords, f"{seed.question}\n{seed.answer}")]
    described = _shows(
        topic.keywords, f"{leaf.task_description or ''} {leaf.domain or ''} {leaf.document_outline or ''}"
    )
    if len(shown) < max(2, topic.share * len(leaf.seeds)) and not (described and shown):
        return None
    message = f"{len(shown)} of {len(leaf.seeds)} seeds are about {topic.name}, a closed topic."
    return Hit(Place(leaf.file, shown[0].line, shown[0].column), message, "", weight)


def _shows(keywords: tuple[str, ...], text: str) -> bool:
    """Does a text hold one of the keywords, capitals aside?"""
    if not text.isascii():
        return _pattern(keywords, re.IGNORECASE).search(text) is not None
    small = text.lower()
    return _may_show(keywords, " ".join(small.split())) and _pattern(keywords, 0).search(small) is not None


def _may_be_shown(keywords: tuple[str, ...], leaf: Leaf) -> bool:
    """Has a leaf all words of a keyword?"""
    if leaf.small.isascii() and not any(map(leaf.parts_of_words.issuperset, _words(keywords))):
        return False
    return _may_show(keywords, leaf.small)


@lru_cache(maxsize=256)
def _words(keywords: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    """The whole words of each keyword; what has a star or another sign in it is none."""
    return tuple(frozenset(filter(str.isalnum, folded(keyword).split())) for keyword in keywords)


def _may_show(keywords: tuple[str, ...], small: str) -> bool:
    """Do the words of a keyword stand in a text that is folded and has single blanks?"""
    for parts in _hints(keywords):
        for part in parts:
            if part not in small:
                break
        else:
            return True
    return False


@lru_cache(maxsize=256)
def _pattern(keywords: tuple[str, ...], flags: int) -> re.Pattern[str]:
    """Keywords as one expression; ``*`` in them stands for one to three words."""
    parts = [
        re.escape(word.strip().lower()).replace(r"\ ", r"\s+").replace(r"\*", r"\S+(?:\s+\S+){0,2}")
        for word in keywords
    ]
    return re.compile(r"\b(?:" + "|".join(parts) + r")\b", flags)


@lru_cache(maxsize=256)
def _hints(keywords: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """What stands in any text with a keyword, a group for each: its parts between the stars that are ASCII."""
    return tuple(
        tuple(" ".join(part.split()) for part in keyword.lower().split("*") if part.isascii())
        for keyword in keywords
    )
