"""Days that the law counts from another day."""

from calendar import monthrange
from datetime import date


def in_next_month(day: date, number: int) -> date:
    """The `number`th of the month after that of `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, number)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
