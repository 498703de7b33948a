"""National identity, tax and insurance numbers, known by their form and their check digits.

Where a form is so plain that any number may have it by chance, a word beside it must say what it is. Numbers that are
printed in textbooks as examples are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from triage_rules.check_digits import day_exists, iso11_10, luhn, verhoeff, weighted
from triage_rules.hints import Sought, folded, sought


class Form(NamedTuple):
    """What a number is called, how it is written, what it must fulfil, and which word must stand before it: as an
    expression, and by what stands in each of its words, between semicolons.
    """

    kind: str
    written: str
    holds: Callable[[str], bool]
    said: str = ""
    hints: str = ""


_LIKELY = re.compile(r"\d(?:[ ./+A-Y-]?\d){5}|[A-Z]{3}\d{2}")  # what every form below has somewhere
_START = re.compile(r"(?<![\w.,+/-])(?=[A-Z]{0,6}[ -]?\d)(?=[\dA-Z])")  # where each of them begins
_FAR = 8  # letters of a text for a place that comes into question, or the expressions run over it all
SHORTEST = 4  # digits of the number that has the fewest
_NEAR = 60  # letters before a number in which its name may stand
_NOBODYS = frozenset(
    ("078051120", "219099999", "457555462", "123456789", "987654321", "12345678Z", "00000000T", "X1234567L",
     "7561234567897", "7569217076985", "11144477735", "12345678909", "A123456789", "AB123456C", "QQ123456C",
     "PP123456C", "046454286", "999999999", "RSSMRA80A01H501U", "S1234567D")
)  # fmt: skip


def identity_numbers(text: str) -> set[str]:
    """The kinds of such numbers in a text."""
    if _LIKELY.search(text) is None:
        return set()
    small, starts = folded(text), [match.start() for match in _START.finditer(text)]
    near = starts if len(starts) < len(text) // _FAR else None
    return {
        form.kind
        for form, pattern, said in _FORMS
        if (said is None or said.may_be_in(small)) and _found(text, form, pattern, said, near)
    }


def _matches(text: str, pattern: re.Pattern[str], starts: list[int] | None) -> Iterator[re.Match[str]]:
    """What the expression finds, one behind the other; where few places come into question it looks at them alone."""
    if starts is None:
        yield from pattern.finditer(text)
        return
    end = 0
    for start in starts:
        if start >= end and (match := pattern.match(text, start)):
            end = match.end()
            yield match


def _found(
    text: str, form: Form, pattern: re.Pattern[str], said: Sought | None, starts: list[int] | None
) -> bool:
    for match in _matches(text, pattern, starts):
        bare = re.sub(r"[^0-9A-Z]", "", match.group().upper())
        if bare in _NOBODYS or len(set(bare)) < 3 or not form.holds(bare):
            continue
        if said is None or said.expression.search(text[max(0, match.start() - _NEAR) : match.start()]):
            return True
    return False


def _any(_: str) -> bool:
    return True


def _spain(number: str) -> bool:
    return (
        "TRWAGMYFPDXBNJZSQVHLCKE"[int(number[:-1].translate(str.maketrans("XYZ", "012"))) % 23] == number[-1]
    )


def _france(number: str) -> bool:
    return 97 - int(number[:13].replace("2A", "19").replace("2B", "18")) % 97 == int(number[13:])


_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22,
    25, 24, 23,
), strict=True))  # fmt: skip


def _italy(code: str) -> bool:
    total = sum(
        _ODD[sign] if i % 2 == 0 else int(sign) if sign.isdigit() else ord(sign) - 65
        for i, sign in enumerate(code[:15])
    )
    return chr(total % 26 + 65) == code[15]


def _netherlands(number: str) -> bool:
    return weighted(number, (9, 8, 7, 6, 5, 4, 3, 2, -1), 11) == 0


def _belgium(number: str) -> bool:
    key = int(number[9:])
    return key in (97 - int(number[:9]) % 97, 97 - int("2" + number[:9]) % 97)


def _poland(number: str) -> bool:
    return weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10) == 0


def _sweden(number: str) -> bool:
    last = number[-10:]
    return day_exists(int(last[4:6]), int(last[2:4])) and luhn(last)


def _finland(number: str) -> bool:
    born = number[:6]
    sign = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(born + number[-4:-1]) % 31]
    return day_exists(int(born[:2]), int(born[2:4])) and sign == number[-1]


def _denmark(number: str) -> bool:
    return day_exists(int(number[:2]), int(number[2:4]))


def _norway(number: str) -> bool:
    first = weighted(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1), 11) == 0
    second = weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), 11) == 0
    return first and second and day_exists(int(number[:2]), int(number[2:4]))


def _switzerland(number: str) -> bool:
    return weighted(number, (1, 3) * 6 + (1,), 10) == 0


def _portugal(number: str) -> bool:
    return (11 - weighted(number, range(9, 1, -1), 11)) % 11 % 10 == int(number[8])


def _nhs(number: str) -> bool:
    return (11 - weighted(number, range(10, 1, -1), 11)) % 11 == int(number[9])


def _ireland(number: str) -> bool:
    total = weighted(number, range(8, 1, -1), 10_000) + (9 * (ord(number[8]) - 64) if len(number) > 8 else 0)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == number[7]


def _brazil(number: str) -> bool:
    first = weighted(number, range(10, 1, -1), 11)
    second = weighted(number, range(11, 1, -1), 11)
    return [0 if rest < 2 else 11 - rest for rest in (first, second)] == [int(digit) for digit in number[9:]]


def _chile(number: str) -> bool:
    body, key = number[:-1], number[-1]
    total = sum(int(digit) * (2 + i % 6) for i, digit in enumerate(reversed(body)))
    return "0K987654321"[total % 11] == key


def _mexico(code: str) -> bool:
    alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(alphabet.index(sign) * (18 - i) for i, sign in enumerate(code[:17]))
    return str(-total % 10) == code[17] and day_exists(int(code[8:10]), int(code[6:8]))


def _china(number: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    born = number[6:14]
    real = born[:2] in ("18", "19", "20") and day_exists(int(born[6:]), int(born[4:6]))
    return real and "10X98765432"[weighted(number, weights, 11)] == number[17]


def _korea(number: str) -> bool:
    check = (11 - weighted(number, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), 11)) % 10
    return day_exists(int(number[4:6]), int(number[2:4])) and check == int(number[12])


def _japan(number: str) -> bool:
    rest = weighted(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11)
    return (0 if rest < 2 else 11 - rest) == int(number[11])


def _taiwan(number: str) -> bool:
    value = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(number[0]) + 10
    return (
        value // 10 + value % 10 * 9 + weighted(number[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1), 10_000)
    ) % 10 == 0


def _singapore(number: str) -> bool:
    total = weighted(number[1:], (2, 7, 6, 5, 4, 3, 2), 10_000) + {"T": 4, "G": 4}.get(number[0], 0)
    keys = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK"}
    return keys[number[0]][total % 11] == number[8]


def _south_africa(number: str) -> bool:
    return day_exists(int(number[4:6]), int(number[2:4])) and luhn(number)


def _turkey(number: str) -> bool:
    digits = [int(digit) for digit in number]
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return tenth == digits[9] and sum(digits[:10]) % 10 == digits[10]


def _romania(number: str) -> bool:
    check = weighted(number, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), 11)
    return day_exists(int(number[5:7]), int(number[3:5])) and (1 if check == 10 else check) == int(number[12])


def _czechia(number: str) -> bool:
    month = int(number[2:4]) % 50 % 20 or 20
    return len(number) == 10 and int(number) % 11 == 0 and day_exists(int(number[4:6]), month)


def _russia(number: str) -> bool:
    return weighted(number, range(9, 0, -1), 101) % 100 == int(number[9:])


def _australia(number: str) -> bool:
    return weighted(number, (1, 4, 3, 7, 5, 8, 6, 9, 10), 11) == 0


_ID = "an identity number"
_TAX = "a tax number"
_ALL = (
    Form("a US social security number", r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}", _any),
    Form("a US social security number", r"(?!000|666|9)\d{9}", _any, r"\bssn\b|social security (?:number|no)",
         "ssn;social security"),
    Form("a UK national insurance number", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", _any,
         r"national insurance|\bnino?\b", "national insurance;nin"),
    Form("a UK health service number", r"\d{3} ?-?\d{3} ?-?\d{4}", _nhs, r"\bnhs\b", "nhs"),
    Form(f"{_TAX} (Ireland)", r"\d{7}[A-W][A-IW]?", _ireland, r"\bpps", "pps"),
    Form(f"{_TAX} (Germany)", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", iso11_10, r"steuer|tax id|idnr|\btin\b",
         "steuer;tax id;idnr;tin"),
    Form("a French social security number", r"[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d",
         _france),
    Form(f"{_ID} (Spain)", r"(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]", _spain),
    Form(f"{_ID} (Italy)", r"[A-Z]{6}\d\d[ABCDEHLMPRST]\d\d[A-Z]\d{3}[A-Z]", _italy),
    Form(f"{_TAX} (Portugal)", r"[1235689]\d{2} ?\d{3} ?\d{3}", _portugal, r"\bnif\b|contribuinte", "nif;contribuinte"),
    Form(f"{_ID} (Netherlands)", r"\d{9}", _netherlands, r"\bbsn\b|burgerservice|sofinummer",
         "bsn;burgerservice;sofinummer"),
    Form(f"{_ID} (Belgium)", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d", _belgium),
    Form(f"{_ID} (Poland)", r"\d{11}", _poland, r"pesel", "pesel"),
    Form(f"{_ID} (Sweden)", r"(?:19|20)?\d{6}[-+]\d{4}", _sweden),
    Form(f"{_ID} (Finland)", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", _finland),
    Form(f"{_ID} (Denmark)", r"\d{6}-?\d{4}", _denmark, r"\bcpr\b|personnummer", "cpr;personnummer"),
    Form(f"{_ID} (Norway)", r"\d{6} ?\d{5}", _norway),
    Form("a Swiss insurance number", r"756\.?\d{4}\.?\d{4}\.?\d\d", _switzerland),
    Form(f"{_ID} (Croatia)", r"\d{11}", iso11_10, r"\boib\b", "oib"),
    Form(f"{_ID} (Romania)", r"[1-8]\d{12}", _romania),
    Form(f"{_ID} (Czechia or Slovakia)", r"\d{6}/\d{4}", _czechia),
    Form(f"{_ID} (Russia)", r"\d{3}-\d{3}-\d{3} \d\d", _russia),
    Form(f"{_ID} (Turkey)", r"[1-9]\d{10}", _turkey),
    Form(f"{_ID} (Brazil)", r"\d{3}\.\d{3}\.\d{3}-\d\d", _brazil),
    Form(f"{_ID} (Brazil)", r"\d{11}", _brazil, r"\bcpf\b", "cpf"),
    Form(f"{_ID} (Chile)", r"\d{1,2}\.\d{3}\.\d{3}-[\dkK]", _chile),
    Form(f"{_ID} (Mexico)", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d", _mexico),
    Form("a Canadian insurance number", r"[1-9]\d\d[ -]\d{3}[ -]\d{3}", luhn, r"\bsin\b|social insurance|\bnas\b",
         "sin;social insurance;nas"),
    Form(f"{_ID} (India)", r"[2-9]\d{3} \d{4} \d{4}", verhoeff),
    Form(f"{_ID} (India)", r"[2-9]\d{11}", verhoeff, r"aadh?aar|आधार", "aad;आधार"),
    Form(f"{_TAX} (India)", r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]", _any, r"\bpan\b|permanent account",
         "pan;permanent account"),
    Form(f"{_ID} (China)", r"[1-9]\d{16}[\dX]", _china),
    Form(f"{_ID} (South Korea)", r"\d{6}-\d{7}", _korea),
    Form(f"{_ID} (Japan)", r"\d{4} ?\d{4} ?\d{4}", _japan, r"my number|マイナンバー|個人番号",
         "my number;マイナンバー;個人番号"),
    Form(f"{_ID} (Taiwan)", r"[A-Z][1289]\d{8}", _taiwan, r"taiwan|身分證|\bid\b", "taiwan;身分證;id"),
    Form(f"{_ID} (Singapore)", r"[STFG]\d{7}[A-Z]", _singapore),
    Form(f"{_ID} (South Africa)", r"\d{10}[01]\d\d", _south_africa),
    Form(f"{_TAX} (Australia)", r"\d{3} ?\d{3} ?\d{3}", _australia, r"\btfn\b|tax file", "tfn;tax file"),
    Form("a passport number", r"[A-Z]{0,2}\d{6,9}[A-Z]?", _any,
         r"(?:passport|reisepass|passeport|pasaporte)[^\n]{0,20}(?:n(?:umber|ummer|uméro|úmero|o|r)\b\.?|:|#)[^\n]{0,8}$",
         "passport;reisepass;passeport;pasaporte"),
)  # fmt: skip
_FORMS = [
    (
        form,
        re.compile(rf"(?<![\w.,+/-]){form.written}(?![\w/]|[.,-]\d)"),
        sought(form.said, form.hints) if form.said else None,
    )
    for form in _ALL
]
