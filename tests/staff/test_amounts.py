import pytest

from nt24.staff.amounts import minor_units, written


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("18500", 1850000),
        ("18500.5", 1850050),
        ("18500,05", 1850005),
        ("18.500,00", 1850000),
        ("18,500.00", 1850000),
        ("18 500,00", 1850000),
        ("18\u00a0500", 1850000),
        ("1'234'567.89", 123456789),
        ("0.07", 7),
        (" 0 ", 0),
    ],
)
def test_amounts_as_people_write_them(text, minor):
    assert minor_units(text) == minor
    assert minor_units(written(minor)) == minor


@pytest.mark.parametrize(
    "text", ["", "18.500", "18,500", "1.2.3", "-5", "5 EUR", "1e3", "18.500.00", "٣", "1,23,4"]
)
def test_what_could_mean_two_things_or_nothing_is_refused(text):
    with pytest.raises(ValueError, match="for example 18500.00"):
        minor_units(text)
