"""Saving and forgetting a filter, by small forms above each list."""

from django import forms
from django.apps import apps
from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from nt24.staff.saved_filters import LONGEST_NAME, LONGEST_QUERY, forget_filter, kept_query, save_filter


class FilterForm(forms.Form):
    name = forms.CharField(max_length=LONGEST_NAME, error_messages={"required": "Give the filter a name."})
    query = forms.CharField(max_length=4 * LONGEST_QUERY)
    shared = forms.BooleanField(required=False)


def filter_urls(site: AdminSite) -> list[URLPattern]:
    """For the site's own addresses."""

    def save(request: HttpRequest, app: str, model: str) -> HttpResponseRedirect:
        return save_view(request, list_page(site, request, app, model))

    def forget(request: HttpRequest, app: str, model: str, pk: int) -> HttpResponseRedirect:
        return forget_view(request, list_page(site, request, app, model), pk)

    return [
        path("filters/<slug:app>/<slug:model>/", site.admin_view(require_POST(save)), name="save_filter"),
        path(
            "filters/<slug:app>/<slug:model>/<int:pk>/forget/",
            site.admin_view(require_POST(forget)),
            name="forget_filter",
        ),
    ]


def list_page(site: AdminSite, request: HttpRequest, app: str, model: str) -> ModelAdmin:
    """:raises Http404: there is no such list. :raises PermissionDenied: this person may not see it."""
    try:
        page = site.get_model_admin(apps.get_model(app, model))
    except LookupError as error:
        raise Http404 from error
    if not page.has_view_permission(request):
        raise PermissionDenied
    return page


def save_view(request: HttpRequest, page: ModelAdmin) -> HttpResponseRedirect:
    form = FilterForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return back_to(page)
    query = kept_query(page, request, form.cleaned_data["query"])
    if not query or len(query) > LONGEST_QUERY:
        messages.error(request, "There is no filter to save, or it is too long.")
        return back_to(page)
    name, is_shared = form.cleaned_data["name"], form.cleaned_data["shared"]
    save_filter(request.user, place=page.opts.label_lower, name=name, query=query, is_shared=is_shared)
    messages.success(request, f"The filter “{name}” is saved.")
    return back_to(page, query)


def forget_view(request: HttpRequest, page: ModelAdmin, pk: int) -> HttpResponseRedirect:
    forget_filter(request.user, pk)
    messages.success(request, "The filter is deleted.")
    return back_to(page)


def back_to(page: ModelAdmin, query: str = "") -> HttpResponseRedirect:
    url = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
    return HttpResponseRedirect(f"{url}?{query}" if query else url)
