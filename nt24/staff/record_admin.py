"""The page of one record: what it is, what happened to it, and a button for each move that is possible now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

from nt24.admin import FactsAdmin
from nt24.errors import DomainError, NotFound
from nt24.staff.bulk import MOST, carry_out_each, ids_in, leading_to
from nt24.staff.carrying_out import carry_out
from nt24.staff.hidden import whole_number
from nt24.staff.moves import Move, url_of

PARENTS_OFFERED = 20


@dataclass(frozen=True, slots=True)
class Button:
    """A move as it is offered: where it leads and how it is shown."""

    name: str
    label: str
    url: str
    is_danger: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """The moves that are possible now, and why others are refused that would make sense."""

    buttons: Sequence[Button]
    why_not: Sequence[str] = ()

    def __iter__(self) -> Iterator[Button]:
        return iter(self.buttons)

    def __len__(self) -> int:
        return len(self.buttons)


@dataclass(frozen=True, slots=True)
class Parent:
    """A record below which something new is made: where, or why not now."""

    record: Any
    url: str
    why_not: str = ""


class RecordAdmin(FactsAdmin):
    """Facts with a page of their own. `moves` are offered where they are permitted and possible.

    `creation` makes a new record below a parent that is chosen first, unless `parent_model` is None. `bulk_moves` are
    offered in the list, for the records that are ticked there.
    """

    page_template: ClassVar[str | None] = None
    moves: ClassVar[Sequence[type[Move]]] = ()
    bulk_moves: ClassVar[Sequence[type[Move]]] = ()
    list_disable_select_all = True  # what is not on the screen is not chosen
    creation: ClassVar[type[Move] | None] = None
    parent_model: ClassVar[type[Model] | None] = None
    parent_search: ClassVar[Sequence[str]] = ()  # look-ups of the parent, for the box that finds it

    # --- Addresses -----------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        names = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        own = [
            path("bulk/<slug:move>/", wrap(self.bulk_view), name=f"{names}_bulk"),
            path("<path:object_id>/do/<slug:move>/", wrap(self.move_view), name=f"{names}_do"),
            path(
                "<path:object_id>/do/<slug:move>/<uuid:item>/", wrap(self.move_view), name=f"{names}_do_item"
            ),
        ]
        return [*own, *self.more_urls(), *super().get_urls()]

    def more_urls(self) -> list[URLPattern]:
        """Addresses of a subclass, before those of Django's admin."""
        return []

    def url_of_move(self, record: Model, move: type[Move], item: Any = None) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_do"
        if item is None:
            return reverse(name, args=[record.pk, move.name])
        return reverse(f"{name}_item", args=[record.pk, move.name, item])

    # --- The page ------------------------------------------------------------------------------------------------

    def record_for_page(self, request: HttpRequest, object_id: str) -> Any:
        """The record with what its page needs; None when there is none."""
        return self.get_object(request, unquote(object_id))

    def record_for_change(self, pk: Any) -> Any:
        """The record locked and fresh, as its actions expect it."""
        rows: QuerySet[Any] = self.model._default_manager.get_queryset()
        return rows.select_for_update(of=("self",), no_key=True).get(pk=pk)

    def page(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """What the template of the page is given; `buttons` are those of the record unless it names others."""
        return {}

    def buttons(
        self,
        request: HttpRequest,
        record: Any,
        item: Any = None,
        among: Sequence[type[Move]] | None = None,
    ) -> Offered:
        """The moves that are possible now for this person: above the page, or beside one part of the record."""
        buttons, why_not = [], {}
        for move in self.moves if among is None else among:
            if move.of_item != (item is not None) or not request.user.has_perm(move.permission):
                continue
            tried = move(record, request, item)
            if not tried.is_possible():
                continue
            if (refusal := tried.refusal()) is not None:
                why_not[refusal.detail] = True
                continue
            url = self.url_of_move(record, move, item)
            buttons.append(Button(move.name, move.label, url, move.is_danger, move.place))
        return Offered(buttons, [*why_not])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        if self.page_template is None:
            return super().change_view(request, object_id, form_url, extra_context)
        record = self.found(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        context = {**self.frame(request, record), **self.page(request, record)}
        if "buttons" not in context:
            context["buttons"] = self.buttons(request, record)
        return TemplateResponse(request, self.page_template, context)

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """:raises Http404: there is no such record. :raises PermissionDenied: this person may not see it."""
        record = self.record_for_page(request, object_id)
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        return record

    def frame(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """What every page about a record is given."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "record": record,
            "title": str(record) if record is not None else f"New {self.opts.verbose_name}",
            "record_url": url_of(record) if record is not None else "",
        }

    def refused(self, request: HttpRequest, record: Any, refusal: DomainError) -> HttpResponse:
        """What cannot be shown or fetched now, and why."""
        context = {**self.frame(request, record), "refusal": refusal}
        return TemplateResponse(request, "staff/refused.html", context, status=refusal.status)

    # --- Moves ---------------------------------------------------------------------------------------------------

    @method_decorator(csrf_exempt)  # checked in carry_out, once the limits of uploads are in place
    def move_view(
        self, request: HttpRequest, object_id: str, move: str, item: Any = None
    ) -> HttpResponseBase:
        kind = next((kind for kind in self.moves if kind.name == move and kind.of_item == bool(item)), None)
        if kind is None:
            raise Http404
        record = self.found(request, object_id)
        if not request.user.has_perm(kind.permission):
            raise PermissionDenied
        try:
            return carry_out(
                request,
                kind(record, request, item),
                again=lambda: kind(self.record_for_change(record.pk), request, item),
                back=url_of(record),
                frame=self.frame(request, record),
            )
        except NotFound as nothing:  # the part that the move is about
            raise Http404 from nothing

    # --- Moves of many -------------------------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {
            move.name: (leading_to(move), move.name, move.label)
            for move in self.bulk_moves
            if request.user.has_perm(move.permission)
        }

    def bulk_view(self, request: HttpRequest, move: str) -> HttpResponse:
        kind = next((kind for kind in self.bulk_moves if kind.name == move), None)
        if kind is None:
            raise Http404
        if not self.has_view_permission(request) or not request.user.has_perm(kind.permission):
            raise PermissionDenied
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        records = self.chosen(ids_in(request)[: MOST + 1])
        if not 0 < len(records) <= MOST:
            messages.warning(request, f"Tick at least one and at most {MOST} in the list.")
            return HttpResponseRedirect(back)
        return carry_out_each(
            request,
            kind,
            records,
            again=lambda pk: kind(self.record_for_change(pk), request),
            back=back,
            frame={**self.frame(request, None), "title": kind.label},
        )

    def chosen(self, numbers: Sequence[int]) -> list[Any]:
        """The records that were ticked, in the order of the list."""
        rows = self.model._default_manager.filter(pk__in=numbers).order_by("-pk")
        related = self.list_select_related
        return list(rows.select_related(*related) if isinstance(related, list | tuple) else rows)

    # --- Creation ------------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.creation is not None and request.user.has_perm(self.creation.permission)

    @method_decorator(csrf_exempt)  # as above
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        if self.creation is None or not self.has_add_permission(request):
            raise PermissionDenied
        if self.parent_model is None:
            return self.create(request, None)
        number = whole_number(request.GET.get("in"))
        parent = self.parents().filter(pk=number).first() if number is not None else None
        return self.create(request, parent) if parent is not None else self.choose_parent(request)

    def parents(self) -> QuerySet[Any]:
        assert self.parent_model is not None
        return self.parent_model._default_manager.all()

    def parent_for_change(self, pk: Any) -> Any:
        """The parent locked and fresh, as the action of the creation expects it."""
        return self.parents().select_for_update(of=("self",), no_key=True).get(pk=pk)

    def below(self, request: HttpRequest, parent: Any) -> Parent | None:
        """A new record below this one, as it is offered on the other one's page; None to whoever may not make it."""
        if self.creation is None or not self.has_add_permission(request):
            return None
        refusal = self.creation(parent, request).refusal()
        if refusal is not None:
            return Parent(parent, "", refusal.detail)
        add = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
        return Parent(parent, f"{add}?in={parent.pk}")

    def create(self, request: HttpRequest, parent: Any) -> HttpResponseBase:
        assert self.creation is not None
        kind = self.creation
        return carry_out(
            request,
            kind(parent, request),
            again=lambda: kind(self.parent_for_change(parent.pk) if parent is not None else None, request),
            back=reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
            frame={**self.frame(request, None), "parent": parent},
        )

    def choose_parent(self, request: HttpRequest) -> HttpResponse:
        """A box that finds the parent: without a word, the newest ones."""
        assert self.parent_model is not None
        words, wanted = request.GET.get("q", "").strip(), Q()
        for look_up in self.parent_search if words else ():
            wanted |= Q(**{look_up: words})
        found = list(self.parents().filter(wanted).order_by("-pk")[: PARENTS_OFFERED + 1])
        context = {
            **self.frame(request, None),
            "words": words,
            "parents": [self.below(request, one) for one in found[:PARENTS_OFFERED]],
            "has_more": len(found) > PARENTS_OFFERED,
            "parent_name": self.parent_model._meta.verbose_name,
        }
        return TemplateResponse(request, "staff/choose_parent.html", context)


def new_below(request: HttpRequest, model: str, parent: Any) -> Parent | None:
    """`RecordAdmin.below` of a model that is named as `app.model`, because it stands to the right of its parent."""
    beside = site.get_model_admin(apps.get_model(model))
    assert isinstance(beside, RecordAdmin)
    return beside.below(request, parent)
