"""Users and groups in the admin: nobody gives more than he has, and nobody is deleted, because the trail names him."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from nt24.errors import DomainError
from nt24.people import actions, limits
from nt24.people.confirming import confirm_account, may_confirm
from nt24.people.roles import ROLES
from nt24.people.staff import actor_of

# Their rows hold secrets or are looked after by allauth's own pages.
for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
for model in (User, Group):
    admin.site.unregister(model)

PERSONAL_DETAILS = ("username", "first_name", "last_name", "email")
BOXES: dict[str, Any] = {"widget": UnfoldAdminCheckboxSelectMultipleWidget}


def in_boxes(field: Any) -> Any:
    """Permissions by what they permit: Django's own words for one begin with its app and its table."""
    if field is not None and field.queryset.model is Permission:
        field.label_from_instance = lambda permission: permission.name
    return field


def whole(text: str) -> int:
    """Nothing was seen where no number stands."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def asker(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = (
        "username",
        "first_name",
        "last_name",
        "roles",
        "is_active",
        "has_factor",
        "is_confirmed",
        "last_login",
    )
    list_filter = ("is_active", "groups", ("handlings", admin.EmptyFieldListFilter))
    filter_horizontal = ()  # boxes to tick: two lists side by side need a wide screen and a mouse
    readonly_fields = ("last_login", "date_joined", "has_factor", "confirmation")
    actions = ("remove_second_factors",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("What the person may do", {"fields": ("is_active", "groups", "user_permissions")}),
        ("Sign-in", {"fields": ("confirmation", "has_factor", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("What the person may do", {"fields": ("groups",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "authenticator_set", "handlings")

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all())) or "–"

    @admin.display(description="second factor", boolean=True)
    def has_factor(self, user: Any) -> bool:
        return any(factor.type != "recovery_codes" for factor in user.authenticator_set.all())

    @admin.display(description="counts as a second person", boolean=True)
    def is_confirmed(self, user: Any) -> bool:
        return not user.handlings.all()

    @admin.display(description="counts as a second person")
    def confirmation(self, user: Any) -> str:
        """Why not, and where that is changed."""
        if self.is_confirmed(user):
            return "Yes"
        return format_html(
            'Not yet: {}. <a href="{}">Confirm the account</a>',
            ", ".join(str(handling) for handling in user.handlings.all()),
            reverse("admin:confirm_account", args=[user.pk]),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.confirm_view)
        return [path("<int:pk>/confirm/", view, name="confirm_account"), *super().get_urls()]

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Says what was done to the account and by whom; the button says that its own person holds it."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        by, refusal = actor_of(request.user), ""
        if request.method == "POST":
            try:
                confirm_account(user, seen=whole(request.POST.get("seen", "")), by=by)
            except DomainError as error:
                refusal = error.detail
            else:
                self.message_user(request, f"{user} counts as a second person now.")
                return HttpResponseRedirect(reverse("admin:auth_user_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Confirm {user}",
            "person": user,
            "handlings": list(user.handlings.order_by("pk")),
            "may_confirm": may_confirm(user, by=by),
            "refusal": refusal,
        }
        return render(request, "people/confirm.html", context, status=409 if refusal else 200)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or limits.may_manage(asker(request), obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Of oneself only the name: nobody deactivates himself, adds to what he may, or changes by which address
        single sign-on finds him."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        is_self = obj is not None and obj.pk == request.user.pk
        return (*fixed, "username", "email", "is_active", "groups", "user_permissions") if is_self else fixed

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = limits.groups_to_give(asker(request))
        if db_field.name == "user_permissions":
            kwargs["queryset"] = limits.permissions_to_give(asker(request))
        return in_boxes(super().formfield_for_manytomany(db_field, request, **BOXES, **kwargs))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        form.access_before = actions.access_of(User.objects.get(pk=obj.pk)) if change else None
        obj.is_staff = True  # there are no other users here
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        actions.note_user(
            User.objects.get(pk=form.instance.pk),
            before=form.access_before,
            details=[name for name in form.changed_data if name in PERSONAL_DETAILS],
            by=actor_of(request.user),
        )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """One's own password is changed where the old one is asked for."""
        if str(request.user.pk) == id:
            return HttpResponseRedirect(reverse("account_change_password"))
        return super().user_change_password(request, id, form_url)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Django tells of a new password in its own log only."""
        if "password" in str(message):
            actions.note_password_set(obj, by=actor_of(request.user))
        return super().log_change(request, obj, message)

    @admin.action(description="Remove second factors (lost phone or key)", permissions=["change"])
    def remove_second_factors(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            if user.pk == request.user.pk or not limits.may_manage(asker(request), user):
                self.message_user(request, f"{user}: you may not do that.", messages.ERROR)
                continue
            actions.remove_factors(user, by=actor_of(request.user))
            self.message_user(request, f"{user} makes a new second factor at the next sign-in.")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """The four roles are read-only: `docs/roles.md` says what they are."""

    filter_horizontal = ()

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is None:
            return allowed
        return allowed and obj.name not in ROLES and limits.may_give(asker(request), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **BOXES, **kwargs)
        if db_field.name == "permissions" and field is not None:
            field.queryset = limits.permissions_to_give(asker(request))
        return in_boxes(field)

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        form.powers_before = actions.powers_of(Group.objects.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        group = Group.objects.get(pk=form.instance.pk)
        actions.note_group(group, before=form.powers_before, by=actor_of(request.user))
