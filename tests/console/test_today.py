"""`/console/today`: what wants somebody stands first, and each has its one action."""

from tests.clinic import Clinic
from tests.console.browsing import Browser, Seen

TODAY = "/console/today"


def card(seen: Seen, name: str) -> str:
    """The words of one of the page's cards; nothing if it isn't there."""
    found = seen.page.xpath("//section[@aria-labelledby=$name]", name=name)
    return " ".join(found[0].text_content().split()) if found else ""


def test_a_request_is_seen_below_any_number_of_bookings_and_approved_where_it_stands(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    asked = clinic.book()["appointmentId"]
    clinic.do(
        "INSERT INTO notifications (org_id, kind) SELECT %s, 'booked' FROM generate_series(1, 60)",
        clinic.org_id,
    )
    browser = Browser.of()

    seen = browser.get(TODAY)

    assert "A caller asks for your approval" in card(seen, "wanting")
    assert "A caller has booked a visit" in card(seen, "by-desk")
    approve = f"{TODAY}/appointments/{asked}/approve"
    assert browser.submit(TODAY, approve).status == 303
    assert clinic.all("SELECT status FROM appointments WHERE id = %s", asked) == [("booked",)]
    assert card(browser.get(TODAY), "wanting") == ""


def test_more_than_fit_are_said_to_be_more(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO notifications (org_id, kind) SELECT %s, 'call_lost' FROM generate_series(1, 31)",
        clinic.org_id,
    )

    seen = Browser.of().get(TODAY)

    assert "These are the newest" in card(seen, "wanting")
    assert len(seen.page.xpath("//section[@aria-labelledby='wanting']//li")) == 30
