"""Pages of long lists, without counting what nobody will leaf through."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class CappedPaginator(Paginator):
    """Counts to ten thousand and no further: a COUNT over a million rows costs more than the page it stands on.

    Pages beyond that are not offered; whoever needs them needs a filter.
    """

    CAP = 10_000
    template_name = "staff/pagination.html"  # unfold shows this one

    @cached_property
    def count(self) -> int:
        return min(self.counted, self.CAP)

    @property
    def is_capped(self) -> bool:
        return self.counted > self.CAP

    @cached_property
    def counted(self) -> int:
        rows: Any = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[: self.CAP + 1].count()
        return len(rows)
