"""The pages in a real browser: no other host, no breach of the policy, drag and drop, a small phone."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium"),
    pytest.mark.django_db(transaction=True),
]
ADMIN = "/admin/"
PAGES = (
    "/",
    "/docs",
    "/docs/api-guide",
    "/problems",
    "/problems/validation-error",
    "/verify",
    "/imprint",
    "/privacy",
    "/contact",
)


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
def tab(browser, live_server):
    """A tab that notes every request, and everything the browser complains about."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 360, "height": 740})
    tab = context.new_page()
    tab.requests, tab.complaints = [], []
    tab.on("request", lambda request: tab.requests.append(request.url))
    tab.on(
        "console",
        lambda message: tab.complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    yield tab
    context.close()


def test_pages_ask_no_other_host_and_break_no_policy(tab, live_server):
    for page in PAGES:
        tab.goto(page, wait_until="networkidle")

    ours = (live_server.url, "data:", "blob:")
    assert [url for url in tab.requests if not url.startswith(ours)] == []
    assert tab.complaints == []
    assert tab.context.cookies() == []


def test_staff_sign_in_and_read_a_list(tab, settings, live_server, admin_user):
    settings.ROOT_URLCONF = "nt24.urls"
    tab.goto(ADMIN)
    tab.fill("#id_username", "admin")
    tab.fill("#id_password", "password")
    tab.click("main button[type=submit]")
    tab.wait_for_url(f"{live_server.url}{ADMIN}")
    tab.goto(f"{ADMIN}orders/order/")

    assert tab.title() == "Orders | NT24"


def test_pages_fit_a_small_phone(tab):
    widths = {}
    for page in PAGES:
        tab.goto(page, wait_until="networkidle")
        widths[page] = tab.evaluate("document.documentElement.scrollWidth")

    assert widths == dict.fromkeys(PAGES, 360)


def test_the_reference_is_searched_and_opened(tab):
    tab.goto("/docs")

    tab.fill("#filter", "cancel order")
    assert tab.locator(".operation:visible").count() == 1
    tab.locator(".operation:visible summary").click()
    assert "Before a verdict only" in tab.locator(".operation[open]").inner_text()
    tab.goto("/docs#createOrder")
    assert tab.locator("#createOrder .inside").is_visible()
    assert tab.complaints == []


def test_the_search_finds_members_and_headings_of_guides(tab):
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto("/docs")

    tab.fill("#filter", "consultationnumber")
    assert tab.locator(".operation:visible").count() == 0
    tab.fill("#filter", "recipientemail")
    assert tab.locator(".operation:visible").count() >= 1
    assert "found" in tab.locator("[data-found]").inner_text()
    tab.fill("#filter", "rotate")
    assert tab.locator('.docs-nav a[href="/docs/webhooks#rotate-the-secret"]').is_visible()
    tab.fill("#filter", "")
    assert tab.locator(".operation:visible").count() > 90


def test_one_choice_of_a_language_is_for_all_samples_and_stays(tab):
    tab.goto("/docs#createOrder")
    tab.locator("#createOrder").get_by_role("button", name="Python").click()
    tab.goto("/docs#registerBuyer")

    samples = tab.locator("#registerBuyer [data-sample]:visible")
    assert samples.count() == 1
    assert "requests.post(" in samples.inner_text()
    pressed = tab.locator("#registerBuyer").get_by_role("button", name="Python")
    assert pressed.get_attribute("aria-pressed") == "true"
    assert tab.complaints == []


def test_the_documentation_has_three_columns_on_a_desk(tab):
    tab.set_viewport_size({"width": 1440, "height": 900})
    tab.goto("/docs#createOrder")

    navigation, about, samples = (
        tab.locator(place).bounding_box()
        for place in (".docs-nav", "#createOrder .about", "#createOrder .samples")
    )
    assert navigation["x"] + navigation["width"] <= about["x"]
    assert about["x"] + about["width"] <= samples["x"]
    assert samples["x"] + samples["width"] <= 1440
    tab.locator(".docs-nav").get_by_role("link", name="Confirm", exact=False).first.focus()
    assert tab.evaluate("document.activeElement.closest('.docs-nav') !== null")


def test_examples_are_copied(tab, live_server):
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    tab.goto("/docs")

    tab.locator(".copy").first.click()

    tab.get_by_role("button", name="Copied").wait_for()
    assert "BASE_URL=" in tab.evaluate("navigator.clipboard.readText()")


def test_the_reference_needs_no_script(browser, live_server):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/docs")

    page.locator("#createOrder summary").click()

    assert page.locator("#createOrder .inside").is_visible()
    assert not page.locator("[data-filter]").is_visible()
    assert page.locator(".copy").count() == 0
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "page",
    ["/docs", "/docs/webhooks", "/docs/api-guide", "/imprint", "/privacy", "/contact", "/no/such/page"],
)
def test_axe_finds_nothing(browser, live_server, page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(base_url=live_server.url, color_scheme=scheme, bypass_csp=True)
    tab = context.new_page()
    tab.goto(page)
    tab.evaluate("document.querySelectorAll('details').forEach((one, at) => { one.open = at < 12; })")

    found = axe.Axe().run(tab).response["violations"]

    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    context.close()


def test_a_dropped_file_is_checked(tab):
    tab.goto("/verify")
    dropped = tab.evaluate_handle(
        """() => { const data = new DataTransfer();
                   data.items.add(new File(["no seal"], "x.pdf")); return data; }"""
    )

    tab.dispatch_event("[data-dropzone]", "drop", {"dataTransfer": dropped})

    tab.get_by_role("heading", name="Not a PDF").wait_for()
    assert tab.complaints == []


def test_a_file_is_checked_with_the_keyboard_and_without_a_script(browser, live_server):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    tab = context.new_page()
    tab.goto("/verify")

    tab.set_input_files("#file", {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"no seal"})
    tab.locator("#file").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")

    tab.get_by_role("heading", name="Not a PDF").wait_for()
    context.close()


def test_a_file_too_large_is_refused_before_it_is_sent(tab, settings):
    settings.EXPORT_FILE_MAX_BYTES = 3
    tab.goto("/verify")
    tab.set_input_files("#file", {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"12345"})
    before = len(tab.requests)

    tab.get_by_role("button", name="Check this file").click()

    assert (
        tab.locator("[data-progress]").inner_text()
        == "This file is larger than any file that NT24 seals, so it is none of them."
    )
    assert len(tab.requests) == before


def test_the_first_tab_stop_skips_to_the_content(tab):
    tab.goto("/")

    tab.keyboard.press("Tab")

    assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert tab.locator(".skip").is_visible()
