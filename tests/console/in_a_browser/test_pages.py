"""What people do on the console, in a real browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from infra import discovery
from local.stack import Stack
from tests.console.in_a_browser.window import PHONE, serious, window

pytestmark = pytest.mark.slow

_FOUND = sorted(
    path
    for console in discovery.consoles().values()
    for route in console.routes
    for method, path in [route.split(" ")]
    if method == "GET" and "{" not in path and path not in ("/console/callback", "/console/sign-in")
)
PAGES = [
    *_FOUND,
    "/console/settings/booking",
    "/console/settings/diaries",
    "/console/settings/outbound",
    "/console/settings/people/100",
    "/console/settings/rules",
    "/console/setup/rehearsal?step=6",
]
_OUT_OF_ITS_CARD = """[...document.querySelectorAll(".card:not(.scroll) :is(input, select, button, p, span)")]
    .filter((one) => one.offsetWidth && !one.closest(".scroll, .only-heard"))
    .filter((one) => one.getBoundingClientRect().right > one.closest(".card").getBoundingClientRect().right)
    .map((one) => one.outerHTML.slice(0, 120))"""
"""What stands over the edge of the box that it is in."""
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
            wide += [f"{path}: {out}" for out in page.evaluate(_OUT_OF_ITS_CARD)]
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


def test_the_picture_of_the_rules_follows_what_is_typed_and_nothing_is_saved(
    browser: Browser, stack: Stack
) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in(to="/console/settings/rules")
        picture = page.locator("#sample")
        expect(picture).to_contain_text("9:15 AM")
        every = page.get_by_label("A visit may begin every")
        every.fill("60")
        expect(picture).not_to_contain_text("9:15 AM")
        expect(picture).to_contain_text("offered 7 times")
        expect(page.locator("form[data-shows] [role=status]")).to_have_text(
            "Callers could be offered 7 times"
        )
        assert every.input_value() == "60"
        page.get_by_label("One right after the other").check()
        expect(picture).to_contain_text("offered 14 times")
        every.fill("")
        expect(picture).to_contain_text("there is nothing to show")
        me.go("/console/settings/rules")
        assert every.input_value() == "15"


def test_a_voice_is_heard_where_it_stands_until_it_is_stopped_or_ends(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in(to="/console/agent")
        sarah, paul = (page.locator(f"a[href$='/voices/{name}']") for name in ("sarah", "paul"))
        sarah.click()
        expect(sarah).to_contain_text("Stop")
        paul.click()
        expect(sarah).to_contain_text("Listen")
        expect(paul).to_contain_text("Stop")
        expect(paul).to_contain_text("Listen")  # it has ended
        assert page.url.endswith("/console/agent")
        page.route("**/voices/sarah", lambda asked: asked.abort())
        sarah.click()
        expect(sarah).to_contain_text("Can't be heard just now")
        page.unroute("**/voices/sarah")
        sarah.click()
        expect(sarah).to_contain_text("Stop")
        sarah.click()
        expect(sarah).to_contain_text("Listen")


def test_who_types_a_day_into_the_diary_is_not_led_away_in_the_middle_of_it(
    browser: Browser, stack: Stack
) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in(to="/console/diary")
        before = page.url
        page.locator("#week").focus()
        page.keyboard.type("1")
        page.keyboard.press("ArrowRight")
        page.keyboard.type("15")
        page.wait_for_timeout(300)
        assert page.url == before
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**week=**")
        # By hand, a choice is a choice.
        page.locator("#provider").dispatch_event("pointerdown")
        page.locator("#provider").select_option(index=1)
        page.wait_for_url("**provider=101**")


def test_a_part_that_is_renewed_keeps_the_focus_and_what_was_opened(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in("owner@willow.example", "/console/agent")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url("**done=agent")
        opened = page.locator("#sync details")
        opened.locator("summary").click()
        expect(opened.locator("summary")).to_be_focused()
        page.evaluate("document.querySelector('#sync h2').textContent = 'old'")
        expect(page.locator("#sync h2")).to_have_text("What callers hear now")
        assert opened.get_attribute("open") is not None
        expect(opened.locator("summary")).to_be_focused()


def test_a_readers_list_of_links_has_the_visits_that_the_picture_shows(
    browser: Browser, stack: Stack
) -> None:
    """Whatever is a picture to a screen reader has nothing in it; a visit is a link to go to."""
    with window(browser, stack.addresses.api_url) as me:
        me.sign_in("owner@harbour.example")
        page = me.go("/console/diary/book")
        page.get_by_label("First name").fill("Sam")
        page.get_by_label("Last name").fill("Quux")
        page.locator("form:has([value=enter]) [name=birthDate]").fill("1980-02-04")
        page.locator("#new-phone").fill("416 555 0178")
        page.get_by_role("button", name="Add this patient").click()
        page.get_by_role("button", name="Book", exact=True).click()
        page.wait_for_url("**done=booked")
        visits = page.get_by_role("group", name="Open, booked and taken time").get_by_role("link")
        expect(visits).to_have_count(1)
        assert serious(page) == []


def test_who_changes_the_language_stays_where_they_were(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url) as me:
        me.sign_in()
        page = me.go("/console/diary?provider=101&week=2027-03-01")
        page.get_by_role("link", name="中文").click()
        expect(page.locator("h1")).to_have_text("预约表")
        assert page.locator("#week").input_value() == "2027-03-01"
        assert page.locator("#provider").input_value() == "101"
