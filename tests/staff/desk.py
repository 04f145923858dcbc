"""A member of staff at his desk: opens pages and presses buttons as a browser does, with what the form holds."""

from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from nt24.audit.models import Entry


class Desk:
    """Signed in as `user`. `press` opens the form of a move, fills in what is given, and sends it."""

    def __init__(self, user: User) -> None:
        self.user, self.http = user, Client()
        self.http.force_login(user)

    def get(self, url: str, **query: str) -> Any:
        return self.http.get(url, query)

    def press(self, url: str, **fields: Any) -> Any:
        return self.http.post(url, self.form_at(url) | fields)

    def form_at(self, url: str) -> dict[str, Any]:
        """What the form would send if nothing were changed, its id and its version with it."""
        page = self.http.get(url)
        assert page.status_code == 200, (page.status_code, url)
        form = page.context["form"]
        written = {name: form[name].value() for name in form.fields}
        about = {name: page.context.get(key, "") for name, key in HIDDEN.items()}
        return {
            name: value
            for name, value in (written | about).items()
            if value is not None and value is not False
        }

    def says_why(self, about: Any, purpose: str = "checking the file") -> None:
        """Answers the question for the purpose of reading personal data of this record."""
        url = f"{reverse('admin:purpose')}?about={about}&next=/admin/"
        assert self.http.post(url, {"purpose": purpose}).status_code == 302


HIDDEN = {"form": "form_id", "version": "version", "newest": "newest"}


def staff(name: str, *permissions: str) -> User:
    """A member of staff with these permissions (`buyers.view_buyer`) alone; without any, one who may do all."""
    user = User.objects.create_user(
        name, first_name=name.capitalize(), is_staff=True, is_superuser=not permissions
    )
    for permission in permissions:
        app, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def page_of(record: Any) -> str:
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def move_of(record: Any, name: str, item: Any = None) -> str:
    route = f"admin:{record._meta.app_label}_{record._meta.model_name}_do"
    if item is None:
        return reverse(route, args=[record.pk, name])
    return reverse(f"{route}_item", args=[record.pk, name, item])


def newest(action: str) -> Entry:
    """The newest entry of this action in the trail."""
    entry = Entry.objects.filter(action=action).order_by("-pk").first()
    assert entry is not None, action
    return entry
