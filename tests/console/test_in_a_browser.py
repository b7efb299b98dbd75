"""What people do on the console, in a real browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from infra import discovery
from local.stack import Stack
from tests.console.window import PHONE, serious, window

pytestmark = pytest.mark.slow

PAGES = sorted(
    path
    for console in discovery.consoles().values()
    for route in console.routes
    for method, path in [route.split(" ")]
    if method == "GET" and "{" not in path and path not in ("/console/callback", "/console/sign-in")
)
LOOKS: dict[str, dict[str, Any]] = {
    "on a desk": {},
    "on a phone, in the dark": {"viewport": PHONE, "color_scheme": "dark", "is_mobile": True},
    "in Chinese": {"locale": "zh-CN"},
    "without script": {"java_script_enabled": False},
}


@pytest.mark.parametrize("how", LOOKS)
def test_every_page_can_be_read_by_everybody(browser: Browser, stack: Stack, how: str) -> None:
    """With axe no serious finding; nothing wider than the screen; nothing that the policy refused."""
    found: list[str] = []
    wide: list[str] = []
    with window(browser, stack.addresses.api_url, **LOOKS[how]) as me:
        me.sign_in()
        for path in PAGES:
            page = me.go(path)
            assert page.locator("h1").count() == 1, path
            if how == "without script":
                continue
            found += serious(page)
            width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            wide += [f"{path}: {width} px too wide"] if width > 0 else []
    assert found == []
    assert wide == []


def test_whoever_uses_only_the_keyboard_gets_to_the_page_and_its_menu(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in()
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the page")).to_be_focused()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "page"


def test_a_phones_menu_opens_and_closes(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url, viewport=PHONE) as me:
        page = me.sign_in()
        menu = page.get_by_role("link", name="Knowledge")
        expect(menu).to_be_hidden()
        page.locator(".side summary").click()
        expect(menu).to_be_visible()


def test_who_signs_out_has_to_sign_in_again(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/console")
        expect(page.get_by_role("link", name="Sign up your clinic")).to_be_visible()
        me.go("/console/today")
        assert re.search("/oauth2/authorize", page.url)
