"""The saved filters above a list."""

from typing import Any

from django import template

from nt24.staff.saved_filters import LONGEST_NAME, filters_for, kept_query

register = template.Library()


@register.inclusion_tag("staff/saved_filters_of.html", takes_context=True)
def saved_filters(context: template.Context, changes: Any) -> dict[str, Any]:
    """`changes` is the admin's ChangeList. One query."""
    request, page = context["request"], changes.model_admin
    return {
        "saved": list(filters_for(request.user, page.opts.label_lower)),
        "query": kept_query(page, request, request.GET.urlencode()),
        "opts": page.opts,
        "user": request.user,
        "longest_name": LONGEST_NAME,
        "csrf_token": context.get("csrf_token"),
    }
