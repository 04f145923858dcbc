"""Whose account paid: the first account of a buyer is his, a later one has to be accepted or declared."""

from django.db import connection
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from orders.models import Order, Payment


def compact(text: str) -> str:
    """Upper case without spaces.

    :raises ValueError: it is no IBAN (ISO 13616: country, length, check digits mod 97).
    """
    try:
        return str(IBAN(text).compact)
    except SchwiftyException as error:
        raise ValueError("This is not a valid IBAN; a digit may be wrong or missing.") from error


def masked(iban: str) -> str:
    """Country and the last four characters: enough to recognise, too little to use."""
    return f"{iban[:2]}••{iban[-4:]}" if iban else ""


def is_known_account(order: Order, iban: str, is_declared_new: bool) -> bool:
    """Whether this account needs no question (contract 8, 16.7); a payment in cash has none.

    The first account of a buyer is consistent. Later ones were accepted before, on an order that was judged, or
    are declared new. A verdict does not accept an account that it still questioned.
    """
    if not iban or is_declared_new:
        return True
    accounts = Payment.objects.filter(order__buyer=order.buyer_id).exclude(source_iban="")
    first = accounts.order_by("pk").first()
    if first is None or first.order_id == order.pk or first.source_iban == iban:
        return True
    accepted = accounts.filter(order__status__in=Order.JUDGED, iban_consistent=True, source_iban=iban)
    return accepted.exclude(order=order).exists()


def stand_in_line_with_payments_of(buyer_id: int) -> None:
    """Payments of one buyer are taken in turn, until each is committed: only one can be the first (contract 16.7).

    The buyer's row is no place to wait: it is locked before his orders, and here the order is locked already. On
    SQLite every write stands in line anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('payments-of-buyer', %s))", [buyer_id]
            )
