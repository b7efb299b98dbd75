"""The console in a real browser: the machine's Chromium, driven by Playwright, on a stack of its own."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # pyright: ignore[reportMissingTypeStubs]
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from local import chromium
from local.stack import Stack, running

PHONE: ViewportSize = {"width": 360, "height": 780}
DESK: ViewportSize = {"width": 1280, "height": 900}
OWNER = "owner@maple.example"

expect.set_options(timeout=15_000)


@contextmanager
def launched() -> Generator[Browser]:
    """A browser without a window; skips loudly where there is none and none can be installed."""
    path = chromium.ready()
    if path is None:
        said = "no Chromium here and none could be installed: the console was NOT looked at in a browser"
        warnings.warn(said, stacklevel=1)
        pytest.skip(said)
    with sync_playwright() as playwright:
        # As root it has no sandbox of its own; it looks at nothing but our pages.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def stack() -> Generator[Stack]:
    """The demo's clinics, and nothing kept."""
    with running(None, port=0, seed="demo", workers=2) as made:
        yield made


def serious(page: Page) -> list[str]:
    """What axe finds on a page that keeps somebody from reading it."""
    axe: Any = Axe()
    return [
        f"{page.url}: {one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in axe.run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


class Window:
    """Somebody at a browser, and what went wrong there."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.url = url
        self.wrong: list[str] = []
        """What the browser refused or complained of."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _heard(self, message: Any) -> None:
        # Statuses are what tests ask for; a policy that was broken, or a script's error, is not.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrong.append(message.text)

    def go(self, path: str) -> Page:
        """The page at a path."""
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self, email: str = OWNER, to: str = "/console/today") -> Page:
        """In as somebody of the demo."""
        self.go(f"/console/sign-in?to={to}")
        self.page.get_by_role("button", name=email).click()
        self.page.wait_for_url(f"**{to}")
        return self.page


@contextmanager
def window(browser: Browser, url: str, **how: Any) -> Generator[Window]:
    """A fresh one, with cookies of its own; nothing may go wrong in it unseen."""
    chosen: dict[str, Any] = {"viewport": DESK, "locale": "en-CA", **how}
    context = browser.new_context(**chosen)
    try:
        made = Window(context, url)
        yield made
        assert made.wrong == []
    finally:
        context.close()
