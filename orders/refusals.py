"""Why an order takes a change no more, or not yet."""

from nt24.errors import FieldError, StateConflict, ValidationFailed
from orders.models import Order


class BuyerIsBlocked(StateConflict):
    def __init__(self) -> None:
        super().__init__("This buyer is blocked; unblock the buyer before making an order.")


class OrderIsCancelled(StateConflict):
    def __init__(self, order: Order) -> None:
        super().__init__("This order is cancelled and takes nothing more.", current=order)


class OrderIsJudged(StateConflict):
    def __init__(self, order: Order) -> None:
        super().__init__("This order has a verdict and can no longer be cancelled.", current=order)


class NoVerdictYet(StateConflict):
    def __init__(self) -> None:
        super().__init__("A final invoice is taken only after the verdict; submit the preliminary one first.")


class NoPaymentYet(StateConflict):
    def __init__(self) -> None:
        super().__init__("There is no payment yet; submit the payment before marking it ready for pickup.")


def require_currency_of(order: Order, currency: str) -> None:
    """:raises ValidationFailed: the invoice is in another currency than the order (contract 17.32)."""
    if currency != order.currency:
        raise ValidationFailed(FieldError("amount.currency", f"The order is in {order.currency}."))
