"""The door and one's own account in a real browser: with and without a script, a real key, a phone, and axe."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.buyers.browser import DESKTOP, PHONE, findings, note
from tests.people.conftest import PASSWORD, member
from tests.people.test_single_sign_on import provider  # noqa: F401  a fixture
from tests.people.totp import code_of

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium"),
    pytest.mark.django_db(transaction=True),
]
DOOR, ACCOUNT = "/admin/login/", "/admin/account/"
FACTORS, SESSIONS = "/admin/account/factors/", "/admin/account/sessions/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, sync_api.sync_playwright() as playwright:
        patch.setitem(
            os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
        )  # playwright keeps a loop in this thread
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, live_server):
    """A tab on a device; what the browser complains about fails the test at its end."""
    contexts, complaints = [], []

    def open_tab(device=DESKTOP, **options):
        context = browser.new_context(base_url=live_server.url, **device, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: note(complaints, message))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def anna(transactional_db) -> User:
    return member("anna", "Case handler", first_name="Anna", last_name="Kowalska")


def sign_in(tab) -> None:
    """To a page of ours: those of the admin have tests of their own."""
    tab.goto(f"{DOOR}?next={SESSIONS}")
    tab.fill("#id_username", "anna")
    tab.fill("#id_password", PASSWORD)
    tab.keyboard.press("Enter")


def is_inside(tab) -> None:
    tab.get_by_role("heading", name="Where you are signed in").wait_for()


def set_up_app(tab) -> str:
    tab.goto(f"{FACTORS}app/add/")
    secret = tab.locator(".secret").inner_text()
    tab.fill("#id_code", code_of(secret))
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="Recovery codes").wait_for()
    return secret


def test_password_and_code_need_neither_a_mouse_nor_a_script(anna, opened, settings, live_server):
    settings.STAFF_MFA_REQUIRED = True
    tab = opened(java_script_enabled=False)

    sign_in(tab)
    tab.get_by_role("heading", name="Set up a second factor").wait_for()
    set_up_app(tab)
    code = tab.locator(".codes code").first.inner_text()
    tab.goto("/admin/logout/")
    tab.locator("main button").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{live_server.url}{DOOR}")
    sign_in(tab)
    tab.fill("#id_code", code)
    tab.keyboard.press("Enter")

    is_inside(tab)


def test_a_security_key_is_added_and_opens_the_door(anna, opened, settings):
    settings.STAFF_MFA_REQUIRED = True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    tab = opened()
    plug_in_key(tab)

    sign_in(tab)
    tab.get_by_role("link", name="Add a key").click()
    tab.fill("#id_name", "Blue key")
    tab.get_by_role("button", name="Add the key").click()
    tab.get_by_role("heading", name="Recovery codes").wait_for()
    tab.goto(f"{FACTORS}keys/")
    assert tab.get_by_role("rowheader", name="Blue key").is_visible()
    tab.goto("/admin/logout/")
    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab)
    tab.get_by_role("button", name="Use a security key").click()

    is_inside(tab)


def plug_in_key(tab) -> None:
    session = tab.context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_refused_key_is_said_on_the_page(anna, opened, settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    tab = opened()
    sign_in(tab)
    is_inside(tab)
    tab.add_init_script("navigator.credentials.create = () => Promise.reject(new Error('put away'))")
    tab.goto(f"{FACTORS}keys/add/")
    tab.get_by_role("button", name="Add the key").click()

    tab.get_by_role("alert").filter(has_text="The key was not accepted").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_and_every_page_fits(anna, opened, provider, device, scheme):  # noqa: F811
    tab = opened(device, color_scheme=scheme)
    found, too_wide = {}, []

    def look(name):
        if rules := findings(tab):
            found[name] = rules
        if tab.evaluate("document.documentElement.scrollWidth") > device["viewport"]["width"]:
            too_wide.append(name)
        if folder := os.environ.get("SCREENSHOTS"):
            kind = "phone" if device is PHONE else "desktop"
            tab.screenshot(path=f"{folder}/{name}-{kind}-{scheme}.png", full_page=True)

    def visit(name, path):
        tab.goto(path)
        look(name)

    visit("door", DOOR)
    tab.fill("#id_username", "anna")
    tab.fill("#id_password", "wrong")
    tab.keyboard.press("Enter")
    tab.get_by_role("alert").wait_for()
    look("refused")
    sign_in(tab)
    is_inside(tab)
    visit("factors-none", FACTORS)
    visit("app-add", f"{FACTORS}app/add/")
    secret = set_up_app(tab)
    look("codes")
    for name, path in {
        "factors": FACTORS,
        "codes-new": f"{FACTORS}codes/new/",
        "app-remove": f"{FACTORS}app/remove/",
        "key-add": f"{FACTORS}keys/add/",
        "keys": f"{FACTORS}keys/",
        "sessions": SESSIONS,
        "password": f"{ACCOUNT}password/",
        "again": f"{ACCOUNT}reauthenticate/",
        "again-code": f"{FACTORS}check-again/",
        "cancelled": f"{ACCOUNT}sso/cancelled/",
        "sign-out": "/admin/logout/",
    }.items():
        visit(name, path)
    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab)
    tab.get_by_role("heading", name="Your second factor").wait_for()
    look("code")
    for _ in range(6):
        tab.fill("#id_code", "000000" if code_of(secret) != "000000" else "111111")
        tab.keyboard.press("Enter")
        tab.wait_for_load_state()
    tab.get_by_role("heading", name="Too many tries").wait_for()
    look("locked")

    assert found == {}
    assert too_wide == []
