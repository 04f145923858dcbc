"""Verdicts per week as bars: where each one stands in a drawing of 720 by 180. The page has the numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from compliance.overview import Week

WIDTH, HEIGHT = 720, 180
PLOT = 150  # of the height; the rest is for the dates
BAR = 0.64  # of a week's share of the width


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: the taxed supplies stand on the exempt ones."""

    week: Week
    x: float
    middle: float
    width: float
    valid_y: float
    valid_height: float
    taxed_y: float
    taxed_height: float
    total: int


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    valid: int
    taxed: int
    width: int = WIDTH
    height: int = HEIGHT
    plot: int = PLOT

    @property
    def is_empty(self) -> bool:
        return not (self.valid or self.taxed)


def chart_of(weeks: Sequence[Week]) -> Chart:
    """The highest bar fills the drawing but for its number above it."""
    most = max((week.valid.count + week.taxed.count for week in weeks), default=0) or 1
    share, unit = WIDTH / max(len(weeks), 1), (PLOT - 20) / most
    return Chart(
        bars=tuple(bar(week, share * place, share, unit) for place, week in enumerate(weeks)),
        valid=sum(week.valid.count for week in weeks),
        taxed=sum(week.taxed.count for week in weeks),
    )


def bar(week: Week, left: float, share: float, unit: float) -> Bar:
    valid, taxed = week.valid.count * unit, week.taxed.count * unit
    return Bar(
        week=week,
        x=round(left + share * (1 - BAR) / 2, 1),
        middle=round(left + share / 2, 1),
        width=round(share * BAR, 1),
        valid_y=round(PLOT - valid, 1),
        valid_height=round(valid, 1),
        taxed_y=round(PLOT - valid - taxed, 1),
        taxed_height=round(taxed, 1),
        total=week.valid.count + week.taxed.count,
    )
