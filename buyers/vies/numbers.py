"""VAT numbers as VIES wants them, and a warning for staff when one looks wrong. Never a refusal."""

from dataclasses import dataclass

from stdnum.eu import vat
from stdnum.exceptions import InvalidChecksum, ValidationError

from nt24.vat_numbers import identity_of

# VIES and VAT numbers say EL where ISO 3166 says GR; XI is Northern Ireland (domain A.7).
MEMBER_STATES = tuple(sorted({code.upper() for code in vat.MEMBER_STATES} - {"GR"} | {"EL"}))
ONE_STOP_SHOP = ("EU", "IM")


@dataclass(frozen=True, slots=True)
class VatNumber:
    """Prefix as VIES knows it (EL, never GR) and the national part."""

    country: str
    body: str

    def __str__(self) -> str:
        return f"{self.country}{self.body}"


def split_vat_number(number: str) -> VatNumber:
    """Spaces, dots and hyphens are dropped. Never fails: whether it is a number at all is for VIES to say."""
    number = identity_of(number)
    return VatNumber(number[:2], number[2:])


def check_digit_warning(vat_number: str) -> str | None:
    """One sentence for staff when prefix, national form or check digit is wrong, None when all is well."""
    number = split_vat_number(vat_number)
    if number.country in ONE_STOP_SHOP:
        return f"{number.country} numbers belong to the one-stop shop, not to goods sold between companies."
    if number.country == "GB":
        return "Great Britain has left VIES. A number of Northern Ireland starts with XI."
    if number.country not in MEMBER_STATES:
        return f"{number.country} is not the VAT prefix of an EU member state or of Northern Ireland."
    try:
        vat.validate(str(number))
    except InvalidChecksum:
        return f"The check digit of this {number.country} VAT number is wrong; it may contain a typing error."
    except ValidationError:
        return f"This number does not have the form of a VAT number of {number.country}."
    return None
