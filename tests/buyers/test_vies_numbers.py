"""VAT number warnings, and the times at which an unanswered check is tried again."""

from datetime import timedelta

import pytest

from buyers.vies import VISIBLE_TRIES, check_digit_warning, next_try_after


@pytest.mark.parametrize(
    "number",
    [
        "DE136695976",
        "ATU13585627",
        "NL004495445B01",
        "FR40303265045",
        "GR094259216",
        "EL094259216",
        "XI432525179",
        "BE0428759497",
        "be 0428.759.497",
    ],
)
def test_a_number_in_good_form_has_no_warning(number: str) -> None:
    assert check_digit_warning(number) is None


@pytest.mark.parametrize(
    ("number", "warning"),
    [
        (
            "DE123456789",
            "The check digit of this DE VAT number is wrong; it may contain a typing error.",
        ),
        (
            "GR094259217",
            "The check digit of this EL VAT number is wrong; it may contain a typing error.",
        ),
        ("DE12345", "This number does not have the form of a VAT number of DE."),
        ("NL7001X200", "This number does not have the form of a VAT number of NL."),
        ("FR", "This number does not have the form of a VAT number of FR."),
        ("GB432525179", "Great Britain has left VIES. A number of Northern Ireland starts with XI."),
        ("CHE123456788", "CH is not the VAT prefix of an EU member state or of Northern Ireland."),
        ("EU372022452", "EU numbers belong to the one-stop shop, not to goods sold between companies."),
    ],
)
def test_a_number_in_bad_form_has_a_warning(number: str, warning: str) -> None:
    assert check_digit_warning(number) == warning


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 2), (2, 4), (3, 60), (4, 300), (5, 900), (6, 3600), (7, 3600), (30, 3600), (52, 3600)],
)
def test_pauses_grow_from_seconds_to_an_hour(tries: int, seconds: int) -> None:
    pauses = [pause for _ in range(200) if (pause := next_try_after(tries)) is not None]

    assert len(pauses) == 200
    assert min(pauses) >= timedelta(seconds=seconds * 0.8)
    assert max(pauses) <= timedelta(seconds=seconds * 1.2)
    assert len(set(pauses)) > 1


@pytest.mark.parametrize("tries", [53, 54, 1000])
def test_after_two_days_there_is_no_next_try(tries: int) -> None:
    assert next_try_after(tries) is None


def test_the_pauses_add_up_to_two_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buyers.vies.schedule.JITTER", 0)

    pauses = [pause for tries in range(1, 60) if (pause := next_try_after(tries))]

    assert len(pauses) == 52
    assert timedelta(hours=47) < sum(pauses, timedelta()) <= timedelta(hours=48)


def test_before_the_first_try_there_is_no_next_one() -> None:
    with pytest.raises(ValueError, match="no next try after 0 tries"):
        next_try_after(0)


def test_an_outage_shows_after_the_quick_tries() -> None:
    assert VISIBLE_TRIES == 3
