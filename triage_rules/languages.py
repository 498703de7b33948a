"""Which language a text is in, as far as its letters and its commonest words tell, and which languages a name names.

A guess by small words: good for whole sentences, and honest about the rest (None). No model, no table of frequencies.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from triage_rules.words import words

ENGLISH = "en"

# Words that a text in the language can hardly do without. A word that several languages have counts for each of them.
_SMALL_WORDS = {
    "en": "the of and to is was are were that which with for it this from by not be have has had as at on an you your "
    "they their what when where who how can will would should do does did there if than but or its we she his her i "
    "my me in a he one more no all so up out",
    "de": "der die das und ist nicht ein eine einen einem einer dem den des zu mit auf für von sich wir ich du er sie "
    "es wie was wer wo wann warum wenn weil dass aber oder auch im am aus bei nach man kann haben hat war sind werden "
    "wird dich dir mich mir noch ihr sein seine aller alle keine zum zur in so doch über",
    "fr": "le la les un une des du de et est sont dans pour que qui avec sur ne pas il elle ils nous vous je se ce "
    "cette ces au aux par plus était été être avoir ont mais ou où son sa ses leur en sous comme tout très à chez si "
    "quand dit sans peut elles",
    "es": "el la los las un una unos de del y es en que con por para no se su sus al lo como más pero fue era está "
    "están hay muy este esta quién qué dónde cuándo cómo porque desde hasta donde también son ser había sobre ella mi "
    "te yo todos tu o a cuando sin si le les ya",
    "pt": "o a os as um uma de do da dos das e é em no na nos nas que com por para não se seu sua ao mais mas foi era "
    "está são muito este esta quem onde quando como porque até também ser havia sobre ela ele eu depois pelo pela "
    "você à às são num numa",
    "it": "il lo la i gli le un una uno di del della dei delle degli e è in nel nella che con per non si su al alla "
    "come più ma fu era sono molto questo questa chi cosa dove quando perché anche essere ha hanno dal dalla dalle "
    "sul mi ti da ai alle so se vorrei",
    "nl": "de het een en is van in op te dat die niet met voor zijn er aan om ook als maar door naar bij hij zij ze ik "
    "je wij wordt worden was waren heeft hebben deze dit wat waar wie hoe wanneer waarom uit over geen kan",
    "sv": "och att det är en ett som på för med inte den av till jag du han hon vi de om var har hade kan ska vad vem "
    "när hur varför från men eller sin sig så där här när bara vill dig mig",
    "no": "og å det er en et som på for med ikke den av til jeg du han hun vi de om var har hadde kan skal hva hvem "
    "når hvordan hvorfor fra men eller sin seg så der her bare vil fordi ble deg meg hvor",
    "da": "og at det er en et som på for med ikke den af til jeg du han hun vi de om var har havde kan skal hvad hvem "
    "når hvordan hvorfor fra men eller sin sig så der her bare vil fordi blev dig mig hvor efter",
    "pl": "i w na z do nie się jest że to jak co kto gdzie kiedy dlaczego przez po od za o ale lub był była było są "
    "być ma dla ten ta te tego który która które jego jej ich bardzo przed ze nim tym już by a",
    "cs": "a v na z do se je že to jak co kdo kde kdy proč ale nebo byl byla bylo jsou být má pro ten ta který která "
    "které jeho její jejich velmi před ze jsem jsi po od za o si ti která chtěla jedna",
    "ro": "și în de la cu pe nu este sunt un o care ce cine unde când cum pentru din sau dar fost a au se al ai ale "
    "lui ei mai foarte această acest să află prin pot",
    "tr": "ve bir bu da de için ile ne kim nerede neden nasıl çok daha gibi olan olarak var yok değil mi ama ya çünkü "
    "kadar sonra her o ben sen biz en ki beri altında",
    "fi": "ja on ei se että oli olla joka mutta kun niin hän minä sinä me he tämä mitä missä miksi kuka miten ovat "
    "eivät sillä jos tai myös vain kuin ole kerran enää",
    "hu": "a az és hogy nem is egy van volt ez azt meg ki mi hol mikor miért hogyan de vagy mert csak már mint lesz "
    "nagyon én te ő",
    "id": "yang dan di ke dari untuk dengan ini itu tidak ada adalah pada dalam saya anda kamu dia mereka kami akan "
    "bisa apa siapa di mana kapan mengapa bagaimana karena atau tetapi oleh seekor sebuah ingin",
    "ca": "el la els les un una de del dels i és en que amb per no es seu seva al com més però va era està són molt "
    "aquest aquesta qui on quan perquè també ser hi havia tenia volia ja les ones estava dels",
    "et": "ja on ei see et oli kes mis kus aga ta ma sa me nad ka kui siis oma selle tal olnud enam nii elas kord kes",
    "vi": "và của là có không cho một những các được với trong người này đó để khi đã bạn tôi từ nhiều chúc",
}
_CODES: dict[str, list[str]] = {}  # of a small word: the languages that have it
for _code, _told in _SMALL_WORDS.items():
    for _word in set(_told.split()):
        _CODES.setdefault(_word, []).append(_code)
_COMMON = frozenset("a i o e de la in no en es se so da me an on al as do du".split())  # noqa: SIM905
# Letters that belong to few languages, so that one of them weighs like a small word.
_LETTERS = {
    "de": "ß", "es": "ñ¿¡", "pt": "ãõ", "pl": "łżźśćńęą", "cs": "řěůť", "ro": "țș", "tr": "ğışİ", "hu": "őű",
    "vi": "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư", "no": "ø", "da": "ø", "ca": "·",
    "fr": "œ",
}  # fmt: skip
_MARKS = {
    letter: code for code, letters in _LETTERS.items() for letter in letters if code not in ("no", "da")
}

# Unicode names of letters begin with their script; a script that one language writes stands for it.
_SCRIPTS = {
    "CYRILLIC": "ru", "GREEK": "el", "HEBREW": "he", "ARABIC": "ar", "DEVANAGARI": "hi", "BENGALI": "bn",
    "GURMUKHI": "pa", "GUJARATI": "gu", "TAMIL": "ta", "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml",
    "SINHALA": "si", "THAI": "th", "LAO": "lo", "KHMER": "km", "MYANMAR": "my", "GEORGIAN": "ka", "ARMENIAN": "hy",
    "ETHIOPIC": "am", "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh",
}  # fmt: skip
_SHARED = {  # who else writes with the script: a folder that names one of these is content
    "ru": {"bg", "sr", "be", "mk", "kk", "mn", "uk", "ky", "tg"},
    "uk": {"be"}, "ar": {"fa", "ur", "ps", "ku"}, "hi": {"mr", "ne", "sa", "kok", "mai"}, "bn": {"as"},
    "zh": {"ja", "yue"}, "no": {"da", "nn"}, "da": {"no"}, "id": {"ms"}, "cs": {"sk"}, "nl": {"af"}, "ca": {"oc"},
    "am": {"ti"}, "es": {"gl"}, "pt": {"gl"},
}  # fmt: skip
_MOST = 4000  # letters of a text that are looked at

NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese", "it": "Italian",
    "nl": "Dutch", "sv": "Swedish", "no": "Norwegian", "da": "Danish", "pl": "Polish", "cs": "Czech",
    "ro": "Romanian", "tr": "Turkish", "fi": "Finnish", "hu": "Hungarian", "id": "Indonesian", "ca": "Catalan",
    "et": "Estonian", "vi": "Vietnamese", "ru": "Russian", "uk": "Ukrainian", "el": "Greek", "he": "Hebrew",
    "ar": "Arabic", "hi": "Hindi", "bn": "Bengali", "pa": "Punjabi", "gu": "Gujarati", "ta": "Tamil", "te": "Telugu",
    "kn": "Kannada", "ml": "Malayalam", "si": "Sinhala", "th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Burmese",
    "ka": "Georgian", "hy": "Armenian", "am": "Amharic", "ko": "Korean", "ja": "Japanese", "zh": "Chinese",
    "bg": "Bulgarian", "sr": "Serbian", "fa": "Persian", "ur": "Urdu", "mr": "Marathi", "ne": "Nepali",
    "sa": "Sanskrit", "ms": "Malay", "sk": "Slovak", "af": "Afrikaans", "be": "Belarusian", "mk": "Macedonian",
    "la": "Latin", "gl": "Galician", "hr": "Croatian", "sl": "Slovenian", "lt": "Lithuanian", "lv": "Latvian",
    "sw": "Swahili", "as": "Assamese", "kok": "Konkani", "mai": "Maithili", "ga": "Irish", "cy": "Welsh",
    "is": "Icelandic", "eu": "Basque", "tl": "Tagalog", "eo": "Esperanto", "yue": "Cantonese", "gsw": "Swiss",
}  # fmt: skip
_OTHER_NAMES = {
    "deutsch": "de", "francais": "fr", "français": "fr", "espanol": "es", "español": "es", "castilian": "es",
    "portugues": "pt", "português": "pt", "brazilian": "pt", "italiano": "it", "mandarin": "zh", "farsi": "fa",
    "bangla": "bn", "filipino": "tl", "flemish": "nl", "gaelic": "ga", "nynorsk": "no", "bokmal": "no",
}  # fmt: skip
BY_NAME = {name.casefold(): code for code, name in NAMES.items()} | _OTHER_NAMES


def named(text: str) -> frozenset[str]:
    """The languages that a text names in English, or by a few of their own names."""
    return frozenset(BY_NAME[word] for word in words(text.replace("_", " ")) if word in BY_NAME)


@lru_cache(maxsize=256)
def akin(code: str) -> frozenset[str]:
    """The language with those that these means can't tell from it."""
    return frozenset({code} | _SHARED.get(code, set()))


def language_of(text: str) -> str | None:
    """The language that most of a text is in; None where it is short, mixed, or none that we know."""
    return _language_of(text[:_MOST])


@lru_cache(maxsize=1024)
def _language_of(text: str) -> str | None:
    if text.isascii():
        return _by_small_words(text)
    scripts = _scripts(text)
    letters = sum(scripts.values())
    if not letters:
        return None
    script = max(scripts, key=lambda name: scripts[name])
    if script == "LATIN":
        return _by_small_words(text) if scripts[script] > 0.6 * letters else None
    if scripts.get("HIRAGANA", 0) + scripts.get("KATAKANA", 0) > 0.1 * letters:
        return "ja"
    if script not in _SCRIPTS or scripts[script] < max(4, 0.6 * letters):
        return None
    return _refined(_SCRIPTS[script], text)


def _refined(code: str, text: str) -> str:
    if code == "ru" and re.search("[іїєґІЇЄҐ]", text):
        return "uk"
    if code == "ar" and re.search("[پچژگ]", text):
        return "ur" if re.search("[ٹڈڑے]", text) else "fa"
    return code


def _scripts(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for letter, times in Counter(text).items():
        if letter.isalpha():
            script = "LATIN" if letter.isascii() else _script(letter)
            counts[script] = counts.get(script, 0) + times
    return counts


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split(" ", 1)[0]


@lru_cache(maxsize=512)
def spread(codes: frozenset[str]) -> frozenset[str]:
    """These languages with all that can't be told from them, either way round."""
    near = (code for code in NAMES if not akin(code).isdisjoint(codes))
    return frozenset().union(*(akin(code) for code in codes), near)


def _by_small_words(text: str) -> str | None:
    """The language whose small words a text has most of, if they are many and no other language comes near."""
    found = words(text)
    counts, hits = Counter(found), dict[str, float]()
    small = [word for word in counts if word in _CODES]
    for word in small:
        weight = 0.5 * counts[word] if word in _COMMON else 1.0 * counts[word]
        for code in _CODES[word]:
            hits[code] = hits.get(code, 0.0) + weight
    marks = [] if text.isascii() else sorted({*text.casefold()} & _MARKS.keys())
    for letter in marks:
        hits[_MARKS[letter]] = hits.get(_MARKS[letter], 0.0) + 1.0
    if not hits:
        return None
    best = max(hits, key=hits.__getitem__)
    if hits[best] < max(2.0, 0.2 * len(found)):
        return None
    second = max((code for code in hits if code != best), key=hits.__getitem__, default=best)
    kinds = [word for word in small if len(word) > 1 and best in _CODES[word]]
    kinds += [letter for letter in marks if _MARKS[letter] == best]
    if len(kinds) < (2 if len(found) < 9 else 3):
        return None
    return best if second == best or hits[best] >= 1.25 * hits[second] or second in akin(best) else None
