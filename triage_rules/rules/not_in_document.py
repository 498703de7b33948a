"""A context or an answer that is not in the cited document.

The document is the leaf's evidence: rows are written from it with the contexts as examples. A context from elsewhere
teaches what the citation does not cover, and its licence covers another text.

Bad: a context that was written from memory; an answer with a year that the document does not name.
Good: contexts copied from the document; layout, Markdown marks and typographic quotes make no difference.
"""

from collections.abc import Iterator

from triage_rules.citations import Citation, looked_at
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.quotes import MOST, Piece, Source, pieces
from triage_rules.rule import Count, Facts, Hit, RuleSettings, Share, WeightName, rule
from triage_rules.taxonomy import Seed
from triage_rules.words import STOP, words
from triage_rules.yaml_tree import clip

_LOOKED_FOR = 400  # pieces of one leaf; a leaf has some dozens


class Settings(RuleSettings):
    """``found``: the share of a context's sentences that is in the document at least; ``none``: the weight where not
    one is. Answers are looked for where a seed has no context, by their numbers and words: from ``many`` of the seeds
    on, and ``at_least`` so many, it is a doubt and no note."""

    found: Share = 0.8
    none: WeightName = "fix"
    many: Share = 0.3
    at_least: Count = 2


@rule(
    Weight.doubt,
    Settings,
    remedy="Copy it from the document as it is at that commit, or cite the document that it is from.",
    needs=("texts",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Look in each leaf's document for its contexts, and for its answers where it has none."""
    room = MOST
    for citation, document in looked_at(contribution, facts):
        if document.state != "there" or not document.texts:
            continue
        source = Source(document.texts, room, document.cut)
        room -= source.size
        if source.empty and not source.whole:
            message = f"This document was not searched: all that is cited has more than {MOST} letters."
            yield Hit(
                citation.place("patterns"), message, "Cite the part that the leaf is from.", Weight.note
            )
        elif not source.empty:
            yield from _contexts(citation, source, settings)
            yield from _answers(citation, source, settings)


def _contexts(citation: Citation, source: Source, settings: Settings) -> Iterator[Hit]:
    left, seen = _LOOKED_FOR, set[str]()
    for seed in citation.leaf.seeds:
        if not seed.context or seed.context in seen:
            continue
        seen.add(seed.context)
        looked = pieces(seed.context)[:left]
        left -= len(looked)
        missing = [piece for piece in looked if not source.holds(piece.text)]
        if not looked or len(looked) - len(missing) >= settings.found * len(looked):
            continue
        place = _place(citation, seed, missing[0])
        where = "the cited document" if source.whole else "the part of the cited document that is searched"
        weight: Weight | None = Weight.note if not source.whole else None
        if len(missing) == len(looked):
            message = f"This context is not in {where}: `{clip(missing[0].text, 60)}`."
            weight = weight or Weight[settings.none]
        else:
            verb = "is" if len(missing) == 1 else "are"
            message = f"{len(missing)} of {len(looked)} sentences of this context {verb} not in {where}; "
            message += f"the first is `{clip(missing[0].text, 60)}`."
        yield Hit(place, message, weight=weight)


def _place(citation: Citation, seed: Seed, piece: Piece) -> Place:
    """The line of a sentence in a context that is written as a block, else the context's key."""
    root, tree = citation.reading.root, citation.reading.tree
    entry = root.at(["seed_examples", seed.group]) if root is not None else None
    if entry is None or tree is None or "context" not in entry.keys:
        return citation.leaf.seed_place(seed)
    line, column = entry.keys["context"]
    head = tree.text.split("\n", line)[line - 1].split("#")[0].rstrip()
    if not head.endswith(("|", "|-", "|+")):
        return Place(citation.leaf.file, line, column)
    value = entry.children["context"].value
    lead = value[: len(value) - len(value.lstrip())].count("\n") if isinstance(value, str) else 0
    return Place(citation.leaf.file, line + 1 + lead + piece.line)


def _answers(citation: Citation, source: Source, settings: Settings) -> Iterator[Hit]:
    leaf = citation.leaf
    bare = [seed for seed in leaf.seeds if not seed.context]
    known = frozenset(_stem(word) for word in source.words) if bare and source.whole else frozenset()
    bad = [(seed, why) for seed in bare if known and (why := _lacking(seed, known))]
    enough = len(bad) >= max(settings.at_least, settings.many * len(leaf.seeds))
    for seed, why in bad:
        message = f"The answer to `{clip(seed.question)}` has {why} that the cited document lacks."
        yield Hit(Place(leaf.file, seed.answer_line), message, weight=None if enough else Weight.note)


def _lacking(seed: Seed, known: frozenset[str]) -> str | None:
    """What an answer has that neither the question nor the document does; None where all is well."""
    asked = {_stem(word) for word in words(seed.question)}
    own = {_stem(word) for word in words(seed.answer[:4000]) if word not in STOP} - asked
    missing = own - known
    if any(word.isdigit() and len(word) > 1 for word in missing):
        return "a number"
    return "words" if len(own) >= 3 and len(missing) >= 0.5 * len(own) else None


def _stem(word: str) -> str:
    return word if word.isdigit() else word[:5]
