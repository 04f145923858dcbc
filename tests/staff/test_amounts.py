import pytest

from nt24.staff.amounts import minor_units, written


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("18500", "EUR", 1850000),
        ("18500.5", "EUR", 1850050),
        ("18500,05", "EUR", 1850005),
        ("18.500,00", "EUR", 1850000),
        ("18,500.00", "PLN", 1850000),
        ("18 500,00", "CZK", 1850000),
        ("18\u00a0500", "EUR", 1850000),
        ("1'234'567.89", "CHF", 123456789),
        ("0.07", "EUR", 7),
        (" 0 ", "EUR", 0),
        ("1850000", "JPY", 1850000),
        ("18.500", "JPY", 18500),
        ("1,850,000", "KRW", 1850000),
        ("18 500", "ISK", 18500),
        ("18500.250", "KWD", 18500250),
        ("18,500.25", "BHD", 18500250),
        ("18.500", "TND", 18500),
        ("7", "OMR", 7000),
        ("18500.1234", "CLF", 185001234),
    ],
)
def test_amounts_as_people_write_them(text, currency, minor):
    assert minor_units(text, currency) == minor
    assert minor_units(written(minor, currency), currency) == minor


@pytest.mark.parametrize(
    "text", ["", "18.500", "18,500", "1.2.3", "-5", "5 EUR", "1e3", "18.500.00", "٣", "1,23,4", "1.005,001"]
)
def test_what_could_mean_two_things_or_nothing_is_refused(text):
    with pytest.raises(ValueError, match="for example 18500.00"):
        minor_units(text, "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "example"),
    [
        ("18500.00", "JPY", "without decimals, for example 18500."),
        ("0.5", "XOF", "without decimals, for example 18500."),
        ("18,500", "KWD", "for example 18500.000."),
        ("18500.1234", "JOD", "for example 18500.000."),
        ("18.500", "UYW", "for example 18500.0000."),
    ],
)
def test_the_refusal_shows_an_amount_of_that_currency(text, currency, example):
    with pytest.raises(ValueError, match=example):
        minor_units(text, currency)
