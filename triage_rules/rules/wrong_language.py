"""Text in another language than the folder says.

A leaf that is named after a language teaches that language; a paragraph that strayed in from elsewhere teaches the
model to answer in a language that nobody asked for.

Bad: a folder `german` with letters in Spanish; one answer in French among four in English.
Good: the folder, the description or the question says which language is meant.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.hints import Caseless
from triage_rules.languages import BY_NAME, ENGLISH, NAMES, language_of, named, spread
from triage_rules.rule import Hit, RuleSettings, Share, rule
from triage_rules.taxonomy import Leaf, Seed

_ABOUT_LANGUAGES = Caseless(
    r"\b(?:languages?|translat\w*|multilingual|bilingual|linguistic\w*|idiom\w*|proverbs?|phrases?|dialects?)\b",
)
_TRANSLATES = Caseless(r"\btranslat")
_DIRECTION = re.compile(r"(?:^|_)(?:to|into|in|from)_([^\W_]+)|^([^\W_]+)_(?:to_|language$|text$)")
_QUOTE = re.compile(r"[\"“”„«»‘`]|(?:^|\s)'\w")


class Settings(RuleSettings):
    """``language``: what a taxonomy is written in where nothing says otherwise; ``many``: the share of a leaf's seeds
    from which text in another language is a doubt and no note."""

    language: str = ENGLISH
    many: Share = 0.25


class _Stray(NamedTuple):
    place: Place
    language: str


@rule(Weight.doubt, Settings, remedy="Say in the folder or the description which language is meant.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Compare the language of each text with what the path, the description and the question name."""
    for leaf in contribution.leaves:
        promised = _promised(leaf.path)
        stray = list(_stray(leaf, promised, settings.language))
        if stray:
            told = NAMES[stray[0].language]
            count = f"{len(stray)} of {len(leaf.seeds)} seeds"
            message = (
                f"Text in {told}, as it seems, where {_expected(promised, settings)} is expected ({count})."
            )
            weight = None if len(stray) >= settings.many * len(leaf.seeds) else Weight.note
            yield Hit(stray[0].place, message, weight=weight)
        elif (
            leaf.kind != "knowledge" and leaf.seeds and _breaks_its_promise(leaf, promised, settings.language)
        ):
            message = f"The folder promises {_list(promised)}, and no seed has any of it."
            yield Hit(
                leaf.seed_place(leaf.seeds[0]),
                message,
                "Write the seeds in that language, or rename the folder.",
            )


def _promised(path: str) -> frozenset[str]:
    """Languages that a folder of the path is named after, whole, or as what one translates to or from."""
    found: set[str] = set()
    for part in path.casefold().replace("-", "_").split("/"):
        if part in BY_NAME:
            found.add(BY_NAME[part])
        for match in _DIRECTION.finditer(part):
            found |= {BY_NAME[word] for word in match.groups() if word in BY_NAME}
    return frozenset(found)


def _stray(leaf: Leaf, promised: frozenset[str], usual: str) -> Iterator[_Stray]:
    """One for each seed with text in a language that nothing names."""
    path = leaf.path.replace("_", " ").replace("-", " ")
    around = f"{path} {leaf.task_description or ''} {leaf.domain or ''}"
    if not promised and _ABOUT_LANGUAGES.search(around):
        return
    allowed = spread(promised | named(around)) | {usual}
    contexts: dict[str, str | None] = {}
    for seed in leaf.seeds:
        if _ABOUT_LANGUAGES.search(seed.question) and not named(seed.question):
            continue
        here = allowed | spread(named(seed.question))
        if seed.context and seed.context not in contexts:
            contexts[seed.context] = language_of(seed.context)
        found = _of_seed(leaf, seed, here, promised, usual, contexts.get(seed.context or ""))
        if found:
            yield found


def _of_seed(
    leaf: Leaf,
    seed: Seed,
    allowed: frozenset[str],
    promised: frozenset[str],
    usual: str,
    of: str | None,
) -> _Stray | None:
    asked, told = language_of(seed.question), language_of(seed.answer)
    answer = Place(leaf.file, seed.answer_line)
    if _TRANSLATES.search(seed.question):
        asked = of = None  # what is translated may be in any language
    if of is not None and of not in allowed:
        return _Stray(leaf.seed_place(seed), of)
    if asked is not None and asked not in allowed:
        return _Stray(leaf.seed_place(seed), asked)
    if told is not None and told not in allowed:
        return _Stray(answer, told)
    strange = asked in promised and told == usual and usual not in promised and not named(seed.question)
    if strange and told is not None and not _QUOTE.search(seed.question):
        return _Stray(answer, told)
    return None


def _breaks_its_promise(leaf: Leaf, promised: frozenset[str], usual: str) -> bool:
    """Is every text plainly in the usual language, where the folder names others and no seed speaks of them?"""
    if not promised or usual in promised:
        return False
    for seed in leaf.seeds:
        both = f"{seed.question} {seed.answer}"
        if language_of(both) != usual or named(both) or _QUOTE.search(both) or not both.isascii():
            return False
        if seed.context and language_of(seed.context) != usual:
            return False
    return True


def _expected(promised: frozenset[str], settings: Settings) -> str:
    return _list(promised) if promised else NAMES.get(settings.language, settings.language)


def _list(codes: frozenset[str]) -> str:
    return " or ".join(sorted(NAMES[code] for code in codes))
