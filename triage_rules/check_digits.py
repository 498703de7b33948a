"""The check digits by which a number shows that it was issued and not made up: pure, each on plain text.

Sources: ISO 7064 (mod 11-10, mod 97-10), ISO/IEC 7812 (Luhn), J. Verhoeff 1969, and each country's published rule.
"""

from __future__ import annotations

from collections.abc import Sequence

_PERMUTED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _turned(a: int, b: int) -> int:
    """The product of two elements of the dihedral group of five corners; from 5 on they are mirrored."""
    turn = (a + b) % 5 if a < 5 else (a - b) % 5
    return turn if (a < 5) == (b < 5) else turn + 5


def luhn(digits: str) -> bool:
    """Every second digit from the right doubled, the sum a multiple of ten: cards, Sweden, Canada, South Africa."""
    values = [int(digit) for digit in reversed(digits)]
    return sum(d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(values)) % 10 == 0


def weighted(digits: str, weights: Sequence[int], modulus: int) -> int:
    """The weighted sum of the first digits, modulo."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % modulus


def iso97(text: str) -> bool:
    """ISO 7064 mod 97-10 over letters and digits, as an IBAN has it once its first four signs stand last."""
    return int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1


def iso11_10(digits: str) -> bool:
    """ISO 7064 mod 11,10: Germany's tax number, Croatia's personal one."""
    product = 10
    for digit in digits[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def verhoeff(digits: str) -> bool:
    """Verhoeff's dihedral check: India's Aadhaar."""
    check = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(position % 8):
            value = _PERMUTED[value]
        check = _turned(check, value)
    return check == 0


def day_exists(day: int, month: int) -> bool:
    """Is there such a day in some year?"""
    longest = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1 <= month <= 12 and 1 <= day <= longest[month - 1]
