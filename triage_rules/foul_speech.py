"""Hatred, threats, insults and swearing in a text: by words (`foul_words`), and by how they stand together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_
from unicodedata import normalize

from triage_rules.foul_words import ABROAD, BEASTS, GROUPS, HARM, NAMES, SLURS, SWEARS
from triage_rules.hints import Caseless


def either(words: str) -> str:
    """A list of words as one expression."""
    return "(?:" + "|".join(words.split()) + ")"


_OF = r"(?:black|white|brown|asian|arab|african|jewish|muslim|gay|trans|disabled|old|poor|fat|foreign)"
_GROUP = rf"(?:{_OF} )?{either(GROUPS)}"
_ALL = r"(?:(?:all|these|those|the|most|every|alle|tous les|todos los|tutti gli) )?"
_BEING = (
    r"(?:are|is|sind|sont|son|sono)"
    r"(?: (?:all|just|only|nothing but|basically|really|like|born|alle|nur|tous|des|todos|tutti))*"
)
_HATE = (
    rf"\b{_ALL}{_GROUP} {_BEING} (?:an? |the )?{either(BEASTS)}\b",
    rf"\b{_ALL}{_GROUP} (?:should|must|ought to|have to|need to|gehören|müssen|sollten)(?: all| alle)?(?: be| get)? "
    r"(?:killed|shot|gassed|hanged|exterminated|wiped out|eradicated|eliminated|deported|burn(?:ed|t)?|sterili[sz]ed"
    r"|beaten"
    r"|raped|die|vergast|erschossen|abgeschoben|weg)\b",
    rf"\b(?:kill|gas|exterminate|shoot|burn|hang|lynch|deport|(?:i|we) hate|death to|tod den|mort aux|muerte a los"
    rf"|morte agli)"
    rf" (?:all |every |the |those |these )*{_GROUP}\b",
    rf"\b{_GROUP} (?:do not|don't|never) (?:deserve|have the right) to (?:live|exist|vote|breathe)\b",
    r"\bwhite supremacy (?:now|forever|will)|\bheil hitler\b|\bsieg heil\b|\bhitler (?:was right|did nothing wrong)\b",
    r"\bgo back to (?:your (?:own )?country|africa|mexico|where you c[oa]me from)\b",
    r"\b(?:dirty|filthy|damn|stupid) (?:spic|chink|gook|paki|coon|gypsy|gypsies|kraut|jap)s?\b",
    r"\b(?:porch monkey|sand nigg\w+|towel head|camel jockey|slant eye)s?\b",
)  # fmt: skip
_WILL = r"(?:i|we)(?:'ll| will| am going to| am gonna|'m gonna|'m going to)"
_THREATS = (
    r"\bkill your ?self\b(?! laughing)|\bkys\b|\bgo (?:and )?(?:die|hang yourself|drown yourself)\b",
    rf"\b{_WILL} (?:kill|murder|stab|shoot|strangle|rape|beat|hurt|burn|cut)"
    r" (?:(?:you|u)\b(?! some| a )|(?:down )?your (?:house|home|family|face|throat|children|kids|mother|sister"
    r"|wife)\b)",
    r"\bi hope (?:you|he|she|they) (?:all )?(?:dies?|rot|gets? (?:cancer|raped|killed)|choke)\b",
    r"\b(?:you|u) (?:should|deserve to|ought to) (?:die|be dead|be shot|be raped|be killed|rot in hell)\b",
    r"\bnobody would miss you\b|\bthe world (?:would be|is) (?:a )?better (?:place |off )?without you\b",
    r"\bbring(?:e)? dich um\b|\bgeh sterben\b|\bje vais te tuer\b|\bva crever\b|\bte voy a matar\b|\bojalá te mueras\b",
    r"\bti ammazzo\b|\bdevi morire\b|\bvou te matar\b|\bik maak je dood\b|\bzabiję cię\b|\bя тебя убью\b|\bсдохни\b"
    r"|\bseni öldürürüm\b",
)
_MEAN = (
    r"(?:stupid|dumb|fucking|worthless|useless|pathetic|ugly|fat|disgusting|filthy|miserable|brainless|lying|bloody"
    r"|goddamn"
    r"|total|complete|absolute|utter|real|little)"
)
_NAME = either(NAMES)
_INSULTS = (
    rf"\b(?:you|u|ya)(?:'re| are|r)?(?: all)?(?: nothing but| just| really| such)?(?: an?"
    rf"| the)? (?:{_MEAN},? )+(?:piece of )?{_NAME}\b",
    r"\b(?:you|u|ya)(?:'re| are) (?:such )?an? (?:idiot|moron|imbecile|cretin|dumbass|asshole|arsehole|bitch|bastard"
    r"|cunt|prick"
    r"|dickhead|whore|slut|scumbag|piece of (?:shit|trash|garbage|crap)|waste of (?:space|air|oxygen)|wanker|twat"
    r"|retard|freak"
    r"|pig|loser|disgrace|nobody)\b",
    r"\b(?:piece of (?:shit|trash|garbage|crap)|waste of (?:space|oxygen|skin))[,!]? (?:like )?you\b"
    r"|\byou,? (?:idiot|moron)s?\b",
    r"\b(?:is|am|are|was|were) (?:such )?an? (?:fucking |total |complete )?(?:retard|moron|imbecile|cretin|scumbag"
    r"|whore|slut)\b",
    r"\bshut (?:the (?:fuck|hell) up|up,? (?:you|bitch|idiot|moron|stupid))\b|\bfuck (?:you|off)\b|\bnobody (?:likes"
    r"|loves) you\b",
    r"\bdu (?:dumm\w* |blöd\w* |verdammt\w* |dreckig\w* |fett\w* )?(?:arschloch|wichser|hurensohn|schlampe|idiot"
    r"|vollidiot"
    r"|trottel|missgeburt|fotze|drecksau|schwein|hure)\b|\b(?:connard|connasse|salope|enculé|fils de pute|ta gueule"
    r"|sale pute)\b",
    r"\bhijos? de (?:la gran )?puta\b|\bgilipollas\b|\bcabr[oó]n(?:es)?\b|\beres (?:un |una )?(?:idiota|imbécil"
    r"|zorra|mierda|puta)\b",
    r"\bfigli[oa] di puttana\b|\bstronz[oaie]\b|\btesta di cazzo\b|\bsei un (?:idiota|coglione|pezzo di merda)\b"
    r"|\bcoglion[ei]\b",
    r"\bfilhos? da puta\b|\bvai se foder\b|\bseu (?:idiota|burro|merda)\b|\botário\b|\b(?:klootzak|kankerlijer"
    r"|hoerenjong|kuthoer)",
    r"\bskurwysyn|\bty (?:idioto|kurwo|śmieciu|debilu)\b|\b(?:сука|ублюд(?:ок|ки)|мразь|тварь|дебил|гнида)\b",
    r"\b(?:orospu çocuğu|şerefsiz|gerizekalı)\b|\bjävla (?:idiot|hora)\b|\bdin (?:jävel|idiot|hora)\b",
)


# What a word may be part of, a bit each.
_SLUR, _SWEAR, _GROUPED, _AGAINST, _CUE, _HARM, _CALLED = (1 << bit for bit in range(7))
_PARTS = {
    _SLUR: SLURS, _SWEAR: SWEARS, _GROUPED: GROUPS + " gypsy spics? chinks? coons? monkeys?",
    _AGAINST: BEASTS + HARM + " dirty filthy damn stupid porch",
    _CUE: "heil sieg hitler supremacy country slant", _HARM: HARM,
    _CALLED: NAMES + ABROAD + " shut likes loves u",
}  # fmt: skip
_OF_WORD = {part: re.compile(either(words), re.IGNORECASE) for part, words in _PARTS.items()}
_HATRED = Caseless("|".join(_HATE))
_THREAT = Caseless("|".join(_THREATS))
_INSULT = Caseless("|".join(_INSULTS))
_WORD = re.compile(r"[\w*@-]+")
_MOST = 20_000  # letters of a text that are looked at
HATRED, THREAT, INSULT, SWEARING = (
    "hatred of people for what they are", "a threat or a wish to harm", "an insult", "a swear word",
)  # fmt: skip


def foul_kinds(text: str) -> set[str]:
    """The kinds of foul speech in a text; a swear word is told only where it is nothing worse."""
    plain = _plain(text[:_MOST])
    parts = _parts_of({*_WORD.findall(plain)})
    found: set[str] = set()
    if parts & _SLUR or (_may_hate(parts) and _HATRED.search(plain)):
        found.add(HATRED)
    if parts & _HARM and _THREAT.search(plain):
        found.add(THREAT)
    if parts & (_CALLED | _SWEAR) and _INSULT.search(plain):
        found.add(INSULT)
    return found or ({SWEARING} if parts & _SWEAR else set())


def telling_words(words: Iterable[str]) -> tuple[str, ...]:
    """Those words of a leaf of which a foul text of it has one; none where together they can't be foul."""
    telling = tuple(word for word in words if _parts(word))
    parts = _parts_of(telling)
    return telling if parts & (_SLUR | _SWEAR | _HARM | _CALLED) or _may_hate(parts) else ()


def _may_hate(parts: int) -> bool:
    return bool(parts & _CUE) or bool(parts & _GROUPED and parts & _AGAINST)


def _plain(text: str) -> str:
    return text if text.isascii() else normalize("NFKC", text).replace("’", "'")


def _parts_of(words: Iterable[str]) -> int:
    return reduce(or_, map(_parts, words), 0)


@lru_cache(maxsize=65_536)
def _parts(word: str) -> int:
    """What the word may be part of. Texts repeat their words, so most cost one look into a table."""
    return reduce(or_, (part for part, pattern in _OF_WORD.items() if pattern.fullmatch(word)), 0)
