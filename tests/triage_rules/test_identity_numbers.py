"""Numbers that authorities and textbooks print as examples: each has the check digits that it should have."""

from __future__ import annotations

import pytest

from triage_rules.check_digits import day_exists, iso11_10, iso97, luhn, verhoeff
from triage_rules.identity_numbers import identity_numbers

PRINTED = [
    ("SSN 536-22-8726", "a US social security number"),
    ("his social security number is 536228726", "a US social security number"),
    ("National Insurance number CE 12 34 56 A", "a UK national insurance number"),
    ("NHS number 943 476 5919", "a UK health service number"),
    ("PPS 1234567T", "a tax number (Ireland)"),
    ("Steuer-IdNr. 36 574 261 809", "a tax number (Germany)"),
    ("2 55 08 14 168 025 38", "a French social security number"),
    ("DNI 54362315K", "an identity number (Spain)"),
    ("NIE X-5253868-R", "an identity number (Spain)"),
    ("MRTMTT25D09F205Z", "an identity number (Italy)"),
    ("NIF 501 964 843", "a tax number (Portugal)"),
    ("BSN 111222333", "an identity number (Netherlands)"),
    ("85.07.30-033.28", "an identity number (Belgium)"),
    ("PESEL 44051401359", "an identity number (Poland)"),
    ("811218-9876", "an identity number (Sweden)"),
    ("131052-308T", "an identity number (Finland)"),
    ("CPR 211062-5629", "an identity number (Denmark)"),
    ("15108695088", "an identity number (Norway)"),
    ("756.3047.5009.62", "a Swiss insurance number"),
    ("OIB 33392005961", "an identity number (Croatia)"),
    ("1630615123457", "an identity number (Romania)"),
    ("710319/2745", "an identity number (Czechia or Slovakia)"),
    ("112-233-445 95", "an identity number (Russia)"),
    ("17291716060", "an identity number (Turkey)"),
    ("390.533.447-05", "an identity number (Brazil)"),
    ("12.531.909-2", "an identity number (Chile)"),
    ("BOXW310820HNERXN09", "an identity number (Mexico)"),
    ("SIN 130 692 544", "a Canadian insurance number"),
    ("2341 2341 2346", "an identity number (India)"),
    ("PAN ACUPA7085R", "a tax number (India)"),
    ("11010519491231002X", "an identity number (China)"),
    ("971013-9019902", "an identity number (South Korea)"),
    ("My Number 6214 9832 0257", "an identity number (Japan)"),
    ("Taiwan ID A223456781", "an identity number (Taiwan)"),
    ("S7654321F", "an identity number (Singapore)"),
    ("8001015009087", "an identity number (South Africa)"),
    ("TFN 123 456 782", "a tax number (Australia)"),
    ("Passport No. K4512398", "a passport number"),
]


@pytest.mark.parametrize(("text", "kind"), PRINTED, ids=lambda value: value)
def test_a_printed_example_is_known_by_its_form_and_check(text: str, kind: str) -> None:
    assert kind in identity_numbers(text)


@pytest.mark.parametrize(("text", "kind"), PRINTED, ids=lambda value: value)
def test_a_digit_changed_breaks_the_check(text: str, kind: str) -> None:
    unchecked = ("US social", "national insurance", "Denmark", "tax number (India)", "passport")
    if any(name in kind for name in unchecked):
        return
    at = max(i for i, letter in enumerate(text) if letter.isdigit())
    other = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
    assert kind not in identity_numbers(other)


@pytest.mark.parametrize(
    "text",
    [
        "The order 123-45-678 was shipped on 2024-03-17 at 14:55.",
        "Version 12.531.909 has 44051401359 rows, 943 476 5919 cells and 111222333 columns.",
        "078-05-1120 stood on a card in a wallet that was sold; 12345678Z is on every form.",
        "The number pi is 3.14159265358979, and 17291716061 is none of a person.",
    ],
)
def test_what_anybody_may_write_is_nobodys_number(text: str) -> None:
    assert identity_numbers(text) == set()


def test_check_digits_catch_exchanged_digits() -> None:
    assert luhn("79927398713")
    assert not luhn("79927398731")
    assert verhoeff("2363")
    assert not verhoeff("3263")
    assert iso11_10("36574261809")
    assert iso97("3214282912345698765432161182")  # GB82 WEST ... with its first four signs last
    assert day_exists(29, 2)
    assert not day_exists(30, 2)
