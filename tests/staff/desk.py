"""A member of staff at the portal: opens pages, fills the forms that they show, presses their buttons."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from nt24.audit.models import Entry


@dataclass
class FormOnPage(HTMLParser):
    """The fields of a page's forms with what they hold, as a browser would send them back."""

    values: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    select: str = ""
    textarea: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in dict(attributes):
                    self.values.setdefault(name, []).append(given.get("value", "on"))
            elif kind != "file":
                self.values[name] = given.get("value", "")
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in dict(attributes):
            self.values[self.select] = given.get("value", "")
        elif tag == "textarea":
            self.textarea = name
            self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.values[self.textarea] = (self.values[self.textarea] + data).removeprefix("\n")


def form_on(response: Any) -> dict[str, Any]:
    page = FormOnPage()
    page.feed(response.content.decode())
    return page.values


class Desk:
    """One signed-in person. `opens` and `presses` assert that the page answers as said; `get` and `press` do not."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.http = Client(raise_request_exception=True)
        self.http.force_login(user)

    def opens(self, url: str, status: int = 200) -> str:
        response = self.http.get(url)
        assert response.status_code == status, (url, response.status_code, response.content[:500])
        return response.content.decode()

    def form(self, url: str) -> dict[str, Any]:
        response = self.http.get(url)
        assert response.status_code == 200, (url, response.status_code)
        return form_on(response)

    def get(self, url: str, **query: str) -> Any:
        return self.http.get(url, query)

    def press(self, url: str, **fields: Any) -> Any:
        """Send it, also where the page offers no form any more."""
        page = self.http.get(url)
        form = form_on(page) if page.status_code == 200 else {"form-id": str(uuid4())}
        return self.sends(url, form | fields)

    def says_why(self, about: Any, purpose: str = "checking the file") -> None:
        """Answers the question for the purpose of reading personal data of this record."""
        url = f"{reverse('admin:purpose')}?about={about}&next=/admin/"
        assert self.http.post(url, {"purpose": purpose}).status_code == 302

    def sends(self, url: str, fields: dict[str, Any]) -> Any:
        return self.http.post(url, fields)

    def presses(self, url: str, /, *, status: int = 302, **fields: Any) -> Any:
        """Open the form, fill in (names with `__` for `.`), press its button."""
        filled = {**self.form(url), **{name.replace("__", "."): value for name, value in fields.items()}}
        response = self.sends(url, filled)
        assert response.status_code == status, (url, response.status_code, problems_on(response))
        return response


def problems_on(response: Any) -> list[str]:
    """What the page says is wrong, for the message of a failed assertion."""
    text = response.content.decode()
    parts = [piece.split("</p>")[0] for piece in text.split('class="error"')[1:]]
    notices = [piece.split("</div>")[0] for piece in text.split('class="notice bad"')[1:]]
    return [*parts, *notices]


def member(name: str, *permissions: str, **about: Any) -> User:
    """A member of staff with these permissions alone (`app.codename`); `everything=True` makes a superuser."""
    about = {"first_name": name.capitalize(), "is_superuser": about.pop("everything", False), **about}
    user = User.objects.create(username=name, is_staff=True, **about)
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


def paper(content: bytes, name: str = "scan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
