"""Every public page: headers, cookies, what it loads, where it leads."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from nt24.errors import KINDS
from tests.pages.markup import read

LEGAL = ("/imprint", "/privacy", "/contact")
PAGES = (
    "/",
    "/docs",
    "/docs/webhooks",
    "/problems",
    "/verify",
    *LEGAL,
    *(f"/problems/{kind.slug}" for kind in KINDS),
)
OUTSIDE = {"/admin/", "/v1/openapi.json"}  # served by other rooms
POLICY = {
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_safe_headers_and_sets_no_cookie(client, page):
    response = client.get(page)

    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_only_static_files_that_exist(client, page):
    markup = read(client.get(page).content.decode())

    assert markup.inline == []
    assert "/static/nt24/nt24.css" in markup.loads
    for address in markup.loads:
        assert address.startswith("/static/"), address
        assert finders.find(address.removeprefix("/static/")), address


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(client, page):
    markup = read(client.get(page).content.decode())

    for link in markup.links:
        path, _, anchor = link.partition("#")
        if not path:
            assert anchor in markup.ids, link
        elif path not in OUTSIDE and not path.startswith("mailto:"):
            assert client.get(path).status_code == 200, link


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_main_heading_and_unique_ids(client, page):
    markup = read(client.get(page).content.decode())

    assert markup.headings.count("h1") == 1
    assert markup.headings[0] == "h1"
    assert len(markup.ids) == len(set(markup.ids))


def test_pages_without_state_may_be_cached_and_the_check_may_not(client):
    assert client.get("/")["Cache-Control"] == "public, max-age=300"
    assert "no-store" in client.get("/verify")["Cache-Control"]


def test_the_first_steps_show_the_address_of_this_portal(client, settings):
    settings.PUBLIC_URL = "https://portal.example"

    page = client.get("/docs").content.decode()

    assert "BASE_URL=https://portal.example" in page
    assert "127.0.0.1:8000" not in page


def test_an_unknown_path_gets_a_page_of_ours(client):
    response = client.get("/no/such/page")

    assert response.status_code == 404
    assert "There is no page here" in response.content.decode()
    assert not response.cookies


@pytest.mark.parametrize(
    "path",
    ["/no/such/page", "/problems/no-such-problem", "/static/nt24/nothing.css", "/docs/nothing", "/.well-known/nothing",
     "/dev/mail/none", "/b/no-such-link/", "/%00", "/a" * 900],
)  # fmt: skip
@pytest.mark.parametrize("is_development", [True, False])
@pytest.mark.django_db
def test_nothing_there_is_a_page_of_ours_also_in_development(client, settings, path, is_development):
    settings.ROOT_URLCONF, settings.DEBUG = "nt24.urls", is_development

    response = client.get(path)

    page = response.content.decode()
    assert response.status_code == 404
    assert "/static/nt24/nt24.css" in page
    assert "DEBUG = True" not in page
    assert "urlpatterns" not in page


def test_a_failure_shows_its_trace_id_and_not_its_cause(client):
    client.raise_request_exception = False

    response = client.get("/failing", headers={"X-Request-Id": "trace-4711"})

    page = response.content.decode()
    assert response.status_code == 500
    assert "trace-4711" in page
    assert "secret cause" not in page


def test_pages_refuse_to_be_written_to(client):
    assert [client.post(page).status_code for page in ("/", "/docs", "/problems")] == [405, 405, 405]


# --- The design system ---

CSS = Path(settings.BASE_DIR) / "static" / "nt24" / "nt24.css"
TEXT_ON_GROUND = [
    (text, ground)
    for text in ("ink", "ink-soft", "brand", "brand-deep")
    for ground in ("paper", "surface", "sunken")
] + [
    ("on-brand", "brand"),
    ("on-brand", "brand-deep"),
    ("valid", "valid-soft"),
    ("invalid", "invalid-soft"),
    ("waiting", "waiting-soft"),
    ("invalid", "surface"),
    *(("ink", f"{state}-soft") for state in ("valid", "invalid", "waiting")),
]


def colours(scheme: str) -> dict[str, str]:
    light, dark = CSS.read_text().split("@media (prefers-color-scheme: dark)", 1)
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    return found


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_defines_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_can_be_read_on_its_ground(scheme, text, ground):
    palette = colours(scheme)

    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "surface"])
def test_borders_of_fields_and_the_focus_ring_can_be_seen(scheme, ground):
    palette = colours(scheme)

    assert contrast(palette["line-strong"], palette[ground]) >= 3
    assert contrast(palette["focus"], palette[ground]) >= 3


def test_the_style_sheets_load_nothing():
    for sheet in CSS.parent.glob("*.css"):
        assert "url(" not in sheet.read_text(), sheet.name
        assert "@import" not in sheet.read_text(), sheet.name
    assert len(CSS.read_text().splitlines()) <= 500


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/docs/", "/docs"),
        ("/verify/?lang=de", "/verify?lang=de"),
        ("/admin", "/admin/"),
        ("/problems/not-found/", "/problems/not-found"),
    ],
)
def test_a_slash_more_or_less_leads_to_the_page(client, whole_portal, asked, led_to):
    for method in (client.get, client.head):
        answer = method(asked)
        assert (answer.status_code, answer["Location"]) == (302, led_to)


@pytest.mark.parametrize(
    "asked",
    [
        "/nothing",
        "/nothing/",
        "/%2Fexample.com",
        "/%2Fexample.com/",
        "/docs//",
        "/problems/none/",
        "/b/none/",
    ],
)
@pytest.mark.django_db
def test_an_address_without_a_page_in_either_spelling_is_not_found(client, whole_portal, asked):
    answer = client.get(asked, follow=True)
    assert answer.status_code == 404
    assert len(answer.redirect_chain) <= 1


def test_staff_go_in_no_circle(admin_client, whole_portal):
    for asked in ("/admin/nothing", "/admin/nothing/", "/admin/orders/order/999/change"):
        assert admin_client.get(asked).status_code == 404


def test_a_body_is_never_led_astray(client, whole_portal):
    assert client.post("/verify/", {"x": "1"}).status_code == 404


@pytest.fixture
def whole_portal(settings):
    settings.ROOT_URLCONF = "nt24.urls"
