"""What a question is after: a task to be done on something given, or a fact of the world."""

from __future__ import annotations

import re

from triage_rules.hints import Caseless
from triage_rules.languages import BY_NAME

_LONG = 400  # letters from which a question brings more than itself

# What a skill is asked to do. A question that begins so wants something made, changed, worked out or played.
_TASKS = (
    "act as", "add", "announce", "answer as", "arrange", "assume", "brainstorm", "build", "calculate", "categori[sz]e",
    "change", "choose", "classify", "combine", "come up", "complete", "compose", "compute", "continue", "convert",
    "correct", "count", "create", "design", "draft", "draw", "edit", "emulate", "encode", "decode", "expand",
    "extract", "fill in", "find the", "finish", "fix", "format", "generate", "give (?:me )?(?:a|an|this|the|some) "
    "(?:title|headline|command|name|synonym|antonym|example)", "group", "guess", "halve", "highlight", "imagine",
    "improve", "insert", "invent", "label", "let's", "make", "multiply", "paraphrase", "parse", "pick", "plan",
    "play", "polish", "predict", "pretend", "print", "produce", "proofread", "propose", "put", "rank", "rate",
    "rearrange", "recommend", "refactor", "remove", "rephrase", "replace", "reply", "respond", "rewrite", "rhyme",
    "round", "say", "select", "shorten", "simplify", "simulate", "solve", "sort", "spell", "split",
    "subtract", "suggest", "sum up", "summari[sz]e", "tag", "tell (?:me |us )?(?:a|an|another)", "transform",
    "translate", "transcribe", "turn", "use", "write", "you are (?:a|an|the)", "extrapolate", "reformulate",
)  # fmt: skip
_POLITE = (
    r"^\W{0,9}(?:(?:in|for) [^,.?\n]{1,40}, ?)?"
    r"(?:(?:please|kindly|now|(?:can|could|would|will) you|i (?:want|need) you to|help me(?: to)?|i would like you to)"
    r"\b[\s,]{0,9}){0,3}"
)
_TASK = Caseless(_POLITE + r"(?:" + "|".join(_TASKS) + r")(?![^\W_])")
# What is given with the question: quoted or listed text, code, a scene with people in it, a rule of a game.
_GIVEN = Caseless(
    r"[\"“”`{}\[\]<>|=_*]|\n|: \S|(?:^|[.,;] )(?:if|suppose|given|assume|imagine)\b"
    r"|\b(?:this|these|following|above|below|i|i'm|i've|my|me|we|our|us|he|she|him|her|his)\b"
    r"|[\U0001F300-\U0001FAFF]|\d\s*[-+*/x×]\s*\d|\.\s+\w[^.?]*\?",
)
_OF_WORDS = Caseless(
    r"\b(?:words?|sentences?|letters?|rhymes?|plural|singular|synonyms?|antonyms?|opposite|syllables?|spelled|spelt|"
    r"anagrams?|palindromes?|say|translat\w+|command|regex|emoji|acronym|percent|%|kilometres|metres in|come next|"
    r"comes next|odd one|not belong|to a (?:child|kid|five|beginner)|for a (?:child|toddler)|like i'm|in one sentence|"
    r"tone|style)\b",
)
# What may stand before a question without making a scene of it, and a name or term in quotes.
_LEAD = re.compile(
    r"^\W*(?:(?:please|kindly|can you|could you)\s+)*(?:(?:tell|show) (?:me|us)|give (?:me|us) (?:some )?information"
    r"|(?:explain|describe) to me)\s+"
    r"(?=(?:more )?about|wh|how)",
    re.IGNORECASE,
)
_MINE = re.compile(r"^\W*how (?:do|can|should|could) (?:i|we)\b|\bshould\b", re.IGNORECASE)
_ANYBODYS = re.compile(r"^\W*how (?:do|can|could) (?:you|one)\b", re.IGNORECASE)
_TERM = re.compile(r"[\"“][^\s\"”]{1,30}(?: [^\s\"”]{1,30}){0,2}[\"”]")
_FIGURE = re.compile(r"(?<!\bin )(?<!\bof )(?<![^\W_])\d")
_FACT = Caseless(
    r"^\W*(?:(?:in|on|at|from|by|to|of|with|for|during|since) )?"
    r"(?:who\b|whose\b|whom\b|when\b|where\b|why (?:is|are|was|were|do|does|did|has|have)\b|which\b"
    r"|what(?:'s|’s)?\b(?! ?(?:has|have|gets|goes|would|should|if)\b)"
    r"|(?:more )?about\b|how (?:is|are|was|were|do|does|did|can|a|many|much|long|old|high|far|fast|often)\b"
    r"|how (?:large|big|tall|deep|should)\b"
    r"|(?:explain|describe|define|name|list)\b"
    r"|(?:is|are|was|were|do|does|did|can|could|has|have) (?!(?:it|you|they)\b))",
)
_INTO = Caseless(r"\b(?:in|into|to|from) (?:" + "|".join(sorted(BY_NAME)) + r")\b")


def is_task(question: str) -> bool:
    """Does it ask to make, change, work out or play something?"""
    return _TASK.match(question[:_LONG]) is not None


def gives_something(question: str) -> bool:
    """Does the question bring the thing to work on, or is it about words themselves?"""
    if len(question) > _LONG:
        return True
    return bool(_GIVEN.search(question) or _OF_WORDS.search(question) or _INTO.search(question))


def asks_a_fact(question: str) -> bool:
    """Does it ask for what one knows or does not know, with nothing given to work it out from?"""
    if len(question) > _LONG:
        return False
    plain = _TERM.sub("it", _ANYBODYS.sub("how many", _LEAD.sub("", question, count=1)))
    if _MINE.search(plain) or _FIGURE.search(plain) or is_task(question) or gives_something(plain):
        return False
    return _FACT.match(plain) is not None


def asks_how_to(question: str) -> bool:
    """Does somebody ask how to do something, or what should be? The answer may be a fact, and may be advice."""
    if len(question) > _LONG:
        return False
    plain = _MINE.sub(lambda found: "is" if found.group().casefold() == "should" else "how many", question)
    return plain != question and asks_a_fact(plain)
