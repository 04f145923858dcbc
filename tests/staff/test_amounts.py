import pytest

from nt24.staff.amounts import minor_units, read_back, written


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
        ("0850.125", "TND", 850125),
        ("1.850.000", "JPY", 1850000),
        ("28 100,50 €", "EUR", 2810050),
        ("1’850’000.–", "CHF", 185000000),
        ("28.100,- EUR", "EUR", 2810000),
        ("28\u202f100,5 zł", "PLN", 2810050),
        ("28100.500", "EUR", 2810050),
        ("7", "OMR", 7000),
        ("18500.1234", "CLF", 185001234),
    ],
)
def test_amounts_as_people_write_them(text, currency, minor):
    assert minor_units(text, currency) == minor
    assert read_back(written(minor, currency), currency) == minor


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "-5", "5 5 5", "5 EUR 3", "1e3", "18.500.00", "٣", "1,23,4", "1.005,001", "9" * 16]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="for example 18500.00"):
        minor_units(text, "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "example"),
    [
        ("18500.00", "JPY", "without decimals, for example 18500."),
        ("0.5", "XOF", "without decimals, for example 18500."),
        ("18500.1234", "JOD", "for example 18500.000."),
    ],
)
def test_the_refusal_shows_an_amount_of_that_currency(text, currency, example):
    with pytest.raises(ValueError, match=example):
        minor_units(text, currency)


@pytest.mark.parametrize(
    ("text", "currency", "low", "high"),
    [
        ("18.500", "EUR", "18.50", "18500.00"),
        ("18,512", "PLN", "18.51", "18512.00"),
        ("1.850", "KWD", "01.850", "1850.000"),
        ("18,500", "BHD", "018.500", "18500.000"),
        ("18.500", "UYW", "18.5000", "18500.0000"),
    ],
)
def test_what_could_mean_two_amounts_is_asked_back_with_both(text, currency, low, high):
    with pytest.raises(ValueError, match=f"two ways.*: {low} or {high}\\."):
        minor_units(text, currency)

    assert minor_units(low, currency) < minor_units(high, currency)


@pytest.mark.parametrize(("text", "currency"), [("28 100 zł", "EUR"), ("CHF 5", "EUR"), ("5 €", "USD")])
def test_an_amount_in_another_currency_than_the_chosen_one_is_asked_back(text, currency):
    with pytest.raises(ValueError, match=f"the currency chosen is {currency}"):
        minor_units(text, currency)
