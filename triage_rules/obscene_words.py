"""Words of sexual acts and of pornography, in ten languages: our own lists, with their inflections.

*Plain* ones have no other use and tell by themselves. *Double* ones (a rooster, a moan, a thrust) tell only where
several stand together, and nothing beside them that biology, medicine, law or schools write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import normalize

_PLAIN = r"""
porno?s? pornograph(?:y|ic) pornstars? pornhub blow-?jobs? hand-?jobs? rim-?jobs? cum-?shots? cumming creampies?
gang-?bang(?:s|ed)? bukkake deep-?throat(?:ing|ed|s)? dildos? butt-?plugs? strap-?ons? threesomes? milfs? hentai
futanari anilingus jizz camgirls? sexting onlyfans fellatio cunnilingus nymphomaniacs? titties pussies clit boner
doggystyle cocksuck\w+ jerk(?:ing|ed)?-off wank(?:ing|ed) sixty-?nine-?ing fotze möse schwanzlutsch\w+ titten
wichsen? gewichst fickt? ficken gefickt blasen-und-ficken baiser-moi branler branlette éjacul\w+ salope levrette
partouze polla coño follar(?:te|me|la)? follando tetas corrida-en mamada chingar figa scopare scopami tette sborr\w+
pompin[oi] inculare buceta punheta boquete gozada piroca neuken geneukt pijpen kutje ruchać ruchanie cipk?[aęy]
obciąga\w+ cycki минет сиськи трахн?\w+ отсос\w* порно дроч\w+
"""
_DOUBLE = r"""
sex(?:y|ual|ually)? erotic(?:a|ally)? orgasm(?:s|ic|ed)? climax(?:ed)? horny erection arous(?:ed|al|ing) naked
nudes? nsfw xxx lust(?:ful|fully)? seduc(?:e|ed|es|ing|tive|tively) pussy cocks? dicks? penis vagina clitoris tits
boobs? breasts? nipples? cum thrust(?:s|ing|ed)? moan(?:s|ed|ing)? undress(?:ed|es|ing)? panties lingerie bra thong
bdsm bondage fetish(?:es)? kinky? slut(?:s|ty)? whores? fuck(?:ed|ing|s)? penetrat(?:e|ed|es|ing)
masturbat(?:e|es|ed|ing|ion) ejaculat(?:e|es|ed|ing|ion) vibrators? orgy orgies escorts? hookers?
stripp(?:er|ers|ed|ing) spank(?:s|ed|ing)? dominatrix submissive groin crotch ass buttocks lick(?:s|ed|ing)?
suck(?:s|ed|ing)? caress(?:es|ed|ing)? straddl(?:e|ed|es|ing) wet throbbing hard thighs? kiss(?:es|ed|ing)?
nackt(?:e|en|er)? geil(?:e|er|es)? brüste stöhn(?:t|te|en)? schwanz orgasmus lust nue? seins? jouir gémi\w*
caress\w+ bite chatte sexe desnud[oa]s? pechos? gem[ií]\w+ sexo orgasmo nud[oa] seno gemev\w+
"""
_STRONG = r"""
orgasm(?:s|ic|ed)? horny erection arous(?:ed|al|ing) pussy cocks? dicks? penis clitoris tits nipples? cum
fuck(?:ed|ing|s)? panties slut(?:s|ty)? penetrat(?:e|ed|es|ing) masturbat(?:e|es|ed|ing|ion) throbbing
nackt(?:e|en|er)? geil(?:e|er|es)? stöhn(?:t|te|en)? schwanz jouir bite chatte desnud[oa]s? orgasmo
erotic(?:a|ally)? undress(?:ed|es|ing)? thrust(?:s|ing|ed)? moan(?:s|ed|ing)? nsfw xxx kinky? bdsm naked nudes?
vibrators? orgy orgies straddl(?:e|ed|es|ing) sexy nud[oa] nue sexe
"""
_YOUNG = r"""
child(?:ren)? kids? minors? under-?aged? toddlers? teens? teenagers? preteens? school-?(?:girl|boy)s? girls? boys?
lolita loli shota kind(?:er|es)? minderjährig\w* mädchen jungen? enfants? mineure?s? fillettes? niñ[oa]s?
menor(?:es)? bambin[aoei] minorenn[ei] crianças? dzieck\w+ dzieci дет(?:и|ей|ям) ребён\w+ девочк\w+
"""
_SCHOLARLY = re.compile(
    r"\b(?:disease|infection|symptoms?|diagnos\w+|treatment|patients?|doctor|cancer|anatom\w+|gland|hormones?"
    r"|reproduc\w+"
    r"|species|mammals?|pollen|fertili[sz]\w+|contracepti\w+|pregnan\w+|surgery|clinic\w*|health|medical|biolog\w+"
    r"|educat\w+"
    r"|law|illegal|harass\w+|consent|assault|abuse|charged|convicted|statute|research\w*|study|studies|museum|sculpt\w+"
    r"|painting|statue)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w-]+")
_NEEDED = 3  # different double words in one text, one of them strong
_MOST = 20_000  # letters of a text that are looked at


def is_sexual(text: str) -> bool:
    """Does a text hold a plain word of pornography, or several others and nothing scholarly beside them?"""
    weights = _weights(text[:_MOST])
    if 3 in weights:
        return True
    return len(weights) >= _NEEDED and 2 in weights and _SCHOLARLY.search(text[:_MOST]) is None


def may_be_sexual(words: Iterable[str]) -> bool:
    """Is among the words of a leaf one without which no text of it is sexual?"""
    return max(map(_heaviest, words), default=0) > 1


def _weights(text: str) -> list[int]:
    """Those of the different words of a text that have any."""
    return [weight for weight in map(_weight, {*_WORD.findall(normalize("NFKC", text))}) if weight]


def speaks_of_children(text: str) -> bool:
    """Does a sexual text name children too? One that warns, or speaks as a scholar, has few such words."""
    words = _words(text)
    several = sum(_weight(word) > 0 for word in words) >= 2 and _SCHOLARLY.search(text[:_MOST]) is None
    return several and any(_EXPRESSIONS[3].fullmatch(word) for word in words)


def _words(text: str) -> set[str]:
    return {*_WORD.findall(normalize("NFKC", text[:_MOST]))}


_EXPRESSIONS = [
    re.compile("|".join(words.split()), re.IGNORECASE) for words in (_DOUBLE, _STRONG, _PLAIN, _YOUNG)
]


@lru_cache(maxsize=65_536)
def _heaviest(word: str) -> int:
    """The weight of a word, or of the heaviest between the signs in it."""
    return max(map(_weight, _WORD.findall(word)), default=0)


@lru_cache(maxsize=65_536)
def _weight(word: str) -> int:
    """3 for a plain word, 2 for a strong double one, 1 for another double one, 0 for the rest."""
    return next((weight for weight in (3, 2, 1) if _EXPRESSIONS[weight - 1].fullmatch(word)), 0)
