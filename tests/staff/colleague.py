"""A member of staff at a real browser, who knows nothing but what the screens say: headings, labels, buttons."""

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from tests.buyers.browser import COLOURS, PHONE, file, findings
from tests.papers import pdf
from tests.people.conftest import PASSWORD

Fields = dict[str, Any]


def paper(type: str, *, dated: str = "2026-04-18") -> Fields:
    """What is filled in for a paper, with the labels of the form."""
    return {"Type": type, "Date on the document": dated, "File": file("scan.pdf", pdf(type))}


def elsewhere(work: Callable[[], Any]) -> Any:
    """In another thread, as workers are: the browser's loop runs in this one, and whatever seals needs its own."""

    def done() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


def labelled(label: str) -> re.Pattern[str]:
    """The label alone or with its mark; without escapes that a browser does not take."""
    plain = "".join(f"[{one}]" if one in "().?*" else one for one in label)
    return re.compile(rf"^\s*{plain}\s*[*]?\s*$")


class Colleague:
    """`found` and `too_wide` hold what axe and the width of the screen complain about, page by page."""

    def __init__(self, tab: Any, name: str) -> None:
        self.tab, self.name = tab, name
        self.found: dict[str, Any] = {}
        self.too_wide: list[str] = []
        self.looked_at: set[str] = set()

    # --- Going about

    def signs_in(self) -> None:
        self.tab.goto("/admin/")
        self.tab.get_by_label("User name").fill(self.name)
        self.tab.get_by_label("Password").fill(PASSWORD)
        self.tab.get_by_role("button", name="Sign in").click()
        self.sees("Today")

    def sees(self, heading: str) -> None:
        self.tab.get_by_role("heading", name=heading, exact=True).wait_for()

    def goes_to(self, entry: str) -> None:
        """By the menu at the side; on a phone it is opened first."""
        link = self.tab.locator("#nav-sidebar").get_by_role("link", name=entry)
        if not link.is_visible():
            self.tab.get_by_role("button", name="Menu", exact=True).click()
        link.click()

    def begins(self) -> None:
        """By the button above a list that adds to it: "New buyer", on a phone just "New"."""
        self.tab.get_by_role("link", name=re.compile(r"^New\b")).click()

    def follows(self, link: str, *, within: str = "body") -> None:
        self.tab.locator(within).get_by_role("link", name=link, exact=True).first.click()

    def looks_again(self) -> None:
        """The page as it is now, when something else has worked meanwhile."""
        self.tab.goto(self.tab.url)

    def next_step(self) -> str:
        """What the page of the case names so; empty when there is nothing more to do."""
        steps = self.tab.locator(".next a")
        return str(steps.inner_text()) if steps.count() else ""

    # --- Forms

    def fills(self, fields: Fields) -> None:
        for label, value in fields.items():
            forms = self.tab.locator("form[data-once], form[novalidate]")
            control = forms.get_by_label(labelled(label)).first
            match control.evaluate("it => it.type"):
                case "select-one":
                    control.select_option(value)
                case "checkbox":
                    control.set_checked(value)
                case "file":
                    control.set_input_files(value)
                case _:
                    control.fill(value)

    def presses(self, button: str) -> None:
        """Send the form; the answer is there when this returns."""
        with self.tab.expect_navigation():
            self.tab.get_by_role("button", name=button, exact=True).click()

    def does(self, move: str, fields: Fields | None = None) -> None:
        """The whole of it: the button of the page, its form, and back with what was done."""
        self.follows(move)
        self.sees(move)
        self.looks(move)
        self.fills(fields or {})
        self.presses(move)
        assert self.refusals() == []

    def says_why(self, purpose: str) -> None:
        """Answer what personal data is needed for."""
        self.sees("This is personal data")
        self.looks("purpose")
        self.fills({"What do you need it for?": purpose})
        self.presses("Show it")

    def refusals(self) -> list[str]:
        return [*self.tab.locator(".notice.bad, .field .error").all_inner_texts()]

    def downloads(self, press: Any) -> bytes:
        with self.tab.expect_download() as arriving:
            press()
        return bytes(arriving.value.path().read_bytes())

    # --- Looking

    def looks(self, name: str) -> None:
        """Keep what axe finds on this page, and whether it is wider than the screen; once for each name."""
        if name in self.looked_at:
            return
        self.looked_at.add(name)
        self.keeps(name, findings(self.tab))

    def looks_in_every_light(self, name: str) -> None:
        """The page on a desk and on a phone, and in the colours of the dark theme, as unfold's switch turns them on."""
        self.looks(name)
        was = self.tab.viewport_size
        self.tab.set_viewport_size(PHONE["viewport"])
        self.looks(f"{name}, on a phone")
        self.tab.evaluate("document.documentElement.classList.add('dark')")
        self.keeps(f"{name}, dark", findings(self.tab, COLOURS))
        self.tab.set_viewport_size(was)

    def keeps(self, name: str, rules: list[Any]) -> None:
        if rules:
            self.found[name] = rules
        if self.tab.evaluate("document.documentElement.scrollWidth") > self.tab.viewport_size["width"]:
            self.too_wide.append(name)
        if folder := os.environ.get("SCREENSHOTS"):
            self.tab.screenshot(path=f"{folder}/{name.replace(' ', '-').lower()}.png", full_page=True)
