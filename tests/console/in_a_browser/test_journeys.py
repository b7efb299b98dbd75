"""What people come to the console for, from beginning to end, in a real browser and on a whole stack."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from local import scripts
from local.player import Player
from local.stack import Stack
from tests.console.in_a_browser.window import PHONE, window

pytestmark = pytest.mark.slow


def saved(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()


def sign_up(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/console")
    page.get_by_role("link", name="Sign up your clinic").click()
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Your clinic's name").fill("Rosewood Clinic")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/console/setup**")


@pytest.mark.parametrize("how", ["on a desk", "without script, on a phone"])
def test_a_stranger_signs_up_and_hears_a_rehearsal_book_an_appointment(
    browser: Browser, stack: Stack, how: str
) -> None:
    looks = {} if how == "on a desk" else {"java_script_enabled": False, "viewport": PHONE}
    url = stack.addresses.api_url
    with window(browser, url, **looks) as me:
        page = me.page
        sign_up(page, url, f"{len(how)}@rosewood.example")
        me.go("/console/setup/organization")
        page.locator("[name=address]").fill("7 Rose Street, Vancouver")
        page.locator("main form button.main").click()
        page.wait_for_url("**/console/setup/providers**")
        page.locator("[name=name]").fill("Dr. Ana Wong")
        page.locator("main form button.main").click()
        page.wait_for_url("**/console/setup/calendar**")
        me.go("/console/setup/agent")
        page.locator("main form button.main").first.click()
        page.wait_for_url("**/console/setup/number**")
        me.go("/console/setup/rehearsal")
        page.get_by_role("link", name="Call your desk now").click()
        for step in range(2, 7):
            page.get_by_role("link", name="Next").click()
            page.wait_for_url(f"**step={step}**")
        expect(page.locator("main")).to_contain_text("You're booked")
        expect(page.locator("main")).to_contain_text("Dr. Ana Wong")
        expect(page.locator("main")).to_contain_text("Nothing of this call was kept")
        me.go("/console/today")
        expect(page.locator("main")).to_contain_text("No call yet")


def test_a_call_appears_on_today_without_reload_and_can_be_read(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in()
        before = page.locator("#live .list a[href^='/console/calls/']").count()
        page.evaluate("document.body.dataset.stayed = 'yes'")

        for _ in Player(scripts.load("booking"), stack.addresses).play():
            pass

        now = page.locator("#live .list a[href^='/console/calls/']")
        expect(now).not_to_have_count(before)
        assert page.evaluate("document.body.dataset.stayed") == "yes"
        now.last.click()
        expect(page.locator("main")).to_contain_text("create_appointment")


def test_a_visit_is_booked_moved_and_cancelled_by_hand(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in("owner@harbour.example")
        me.go("/console/diary/book")
        page.get_by_label("First name").fill("Robin")
        page.get_by_label("Last name").fill("Quux")
        page.locator("form:has([value=enter]) [name=birthDate]").fill("1980-02-03")
        page.locator("#new-phone").fill("416 555 0177")
        page.get_by_role("button", name="Add this patient").click()
        page.wait_for_url("**patientId=**")
        page.get_by_role("button", name="Book", exact=True).click()
        page.wait_for_url("**done=booked")
        box = page.locator("svg a[href^='/console/diary/']").first
        expect(box).to_be_visible()
        me.go(box.get_attribute("href") or "")
        page.locator("[name=startTime]").nth(2).check()
        page.get_by_role("button", name="Move the visit").click()
        page.wait_for_url("**done=moved")
        me.go(page.locator("svg a[href^='/console/diary/']").first.get_attribute("href") or "")
        page.on("dialog", lambda asked: asked.accept())
        page.get_by_role("button", name="Cancel the visit").click()
        page.wait_for_url("**done=cancelled")
        expect(page.locator("svg a[href^='/console/diary/']")).to_have_count(0)


def test_an_agent_that_was_saved_is_seen_to_reach_vapi_without_reload(browser: Browser, stack: Stack) -> None:
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in(to="/console/agent")
        page.get_by_label("Kind").select_option("assistant")
        page.get_by_label("Greeting in English").fill("Maple Clinic, good day.")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url("**done=agent")
        page.evaluate("document.body.dataset.stayed = 'yes'")
        expect(page.locator("#sync")).to_contain_text("live")
        assert page.evaluate("document.body.dataset.stayed") == "yes"


def test_a_document_is_uploaded_read_and_answers_a_question(
    browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    file = tmp_path / "vaccines.txt"
    file.write_text("A yellow fever vaccine is 190 dollars.\n\nBring your vaccine booklet.\n")
    with window(browser, stack.addresses.api_url) as me:
        page = me.sign_in(to="/console/knowledge")
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Upload").click()
        expect(page.locator("#documents li", has_text="vaccines.txt")).to_contain_text("ready")
        page.locator("[name=question]").fill("How much is a yellow fever vaccine?")
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("main")).to_contain_text("190 dollars")


def test_of_two_admins_at_once_the_second_sees_both_and_loses_nothing(browser: Browser, stack: Stack) -> None:
    url, path = stack.addresses.api_url, "/console/settings/clinic"
    with window(browser, url) as first, window(browser, url) as second:
        one, other = (each.sign_in("owner@garden.example", path) for each in (first, second))
        one.locator("[name=address]").fill("1 First Street")
        one.get_by_role("button", name="Save").click()
        saved(one)
        other.locator("[name=address]").fill("2 Second Street")
        other.get_by_role("button", name="Save").click()
        expect(other.get_by_role("alert")).to_contain_text("Somebody else has changed it")
        expect(other.locator("main")).to_contain_text("Saved meanwhile: 1 First Street")
        assert other.locator("[name=address]").input_value() == "2 Second Street"
        other.get_by_role("button", name="Save").click()
        saved(other)


def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in(
    browser: Browser, stack: Stack
) -> None:
    with window(browser, stack.addresses.api_url, locale="zh-CN") as me:
        page = me.sign_in("owner@garden.example", "/console/settings/clinic")
        page.locator("[name=address]").fill("三号街 3 号")
        page.context.clear_cookies(name="__Host-session")
        page.context.clear_cookies(name="__Host-refresh")
        page.locator("main form button.main").first.click()
        expect(page.locator("h1")).to_contain_text("会话")
        with page.context.expect_page() as opened:
            page.locator("a.button.main").click()
        beside = opened.value
        beside.get_by_role("button", name="owner@garden.example").click()
        beside.wait_for_url("**/console/today")
        page.get_by_role("button").click()
        page.wait_for_url("**done=saved")
        assert page.locator("[name=address]").input_value() == "三号街 3 号"
