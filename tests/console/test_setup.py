"""The guided line: a stranger sets a clinic up with what is filled in already, and may leave at any step."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.settings import settings
from infra.packaging import REGION
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.console.browsing import Browser, Seen
from tests.console.newcomers import signed_up
from tests.vapi_account import VapiAccount, vapi_account

SETUP = "/console/setup"
NUMBER = "+16045550142"
STORE = "a-store"
SATURDAYS = ("starts-6-1", "ends-6-1", "starts-6-2", "ends-6-2")
NAMES = {"organization": "name", "providers": "name", "documents": "name", "agent": "name", "number": "e164"}
"""A field of each step's form."""


@pytest.fixture
def around(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is outside: a bus, a store, a key, and that we are at Google."""
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        aws.client.cache_clear()
        aws.client("s3").create_bucket(Bucket=STORE, CreateBucketConfiguration={"LocationConstraint": REGION})
        aws.client("events").create_event_bus(Name="frontdesk-test")
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        told = {
            "STORE": STORE,
            "EVENT_BUS": "frontdesk-test",
            "CALENDARS_KEY_ARN": key,
            "GOOGLE_CLIENT_ID": "the-client",
            "PUBLIC_URL": "https://desk.example",
        }
        for name, value in told.items():
            monkeypatch.setenv(f"FRONTDESK_{name}", value)
        settings.cache_clear()
        yield
    aws.client.cache_clear()
    settings.cache_clear()


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account() as made:
        yield made


@pytest.fixture
def vapi(account: VapiAccount, around: None, monkeypatch: pytest.MonkeyPatch) -> VapiAccount:
    monkeypatch.setenv("FRONTDESK_VAPI_API_URL", account.url)
    monkeypatch.setenv("FRONTDESK_VAPI_PRIVATE_KEY", account.key)
    settings.cache_clear()
    bought = {"provider": "twilio", "number": NUMBER, "twilioAccountSid": "AC1", "twilioAuthToken": "x"}
    account.create("phone-number", bought)
    return account


def marked(seen: Seen) -> list[str]:
    """Titles of the steps that have a tick."""
    ticked = seen.page.xpath(
        "//ol[contains(@class, 'steps')]/li[contains(@class, 'done')]/a/span[@class='name']/text()"
    )
    return [str(one).strip() for one in ticked]


def test_a_stranger_gets_through_with_what_is_filled_in(database: Database, vapi: VapiAccount) -> None:
    clinic, browser = signed_up(database)
    assert browser.get(SETUP).page.xpath("//a[contains(., 'Go on')]/@href") == [f"{SETUP}/organization"]

    to_providers = browser.submit(
        f"{SETUP}/organization", f"{SETUP}/organization", {"address": "7 Birch Lane, Vancouver"}
    )
    to_calendar = browser.submit(to_providers.to, f"{SETUP}/providers", {"name": "Dr. Ada Birch"})
    to_documents = browser.get(to_calendar.to).page.xpath("//a[contains(., 'Skip for now')]/@href")[0]
    to_agent = browser.submit(to_documents, to_documents, {"text": "Parking is free behind the house."})
    to_number = browser.submit(to_agent.to, f"{SETUP}/agent")
    to_rehearsal = browser.submit(to_number.to, f"{SETUP}/number", {"e164": "604 555 0142"})

    assert to_rehearsal.to.startswith(f"{SETUP}/rehearsal")
    last = browser.get(to_rehearsal.to)
    assert marked(last) == ["Your clinic", "Hours", "Documents", "Agent", "Number"]
    assert clinic.all("SELECT name, address, time_zone, languages, phone_number FROM organizations") == [
        ("Birch Clinic", "7 Birch Lane, Vancouver", "America/Vancouver", ["en"], NUMBER)
    ]
    assert clinic.all("SELECT name, specialty, languages FROM providers") == [
        ("Dr. Ada Birch", "family medicine", ["en"])
    ]
    shifts = clinic.all(
        "SELECT weekday, starts::text, ends::text FROM working_hours ORDER BY weekday, starts"
    )
    assert shifts == [
        (day, *times) for day in range(1, 6) for times in (("09:00:00", "12:00:00"), ("13:00:00", "17:00:00"))
    ]
    assert clinic.all("SELECT name, duration_min FROM appointment_types") == [("General consultation", 30)]
    assert clinic.all("SELECT name FROM documents") == [("Good to know",)]
    assert clinic.all("SELECT name, template, languages FROM agents") == [("Front desk", "squad", ["en"])]
    assert clinic.all("SELECT e164, status FROM phone_numbers") == [(NUMBER, "attached")]
    assert "Call your desk now" in last.words


def test_what_is_there_is_ticked_whoever_put_it_there(clinic: Clinic) -> None:
    browser = Browser.of()

    seen = browser.get(f"{SETUP}/providers")

    assert marked(seen) == ["Your clinic", "Hours", "Number"]
    assert "Monday to Friday, 9 AM to 12 noon and 1 PM to 5 PM" in seen.words
    assert browser.get(SETUP).page.xpath("//a[contains(., 'Go on')]/@href") == [f"{SETUP}/agent"]


def test_a_new_clinics_pages_say_that_a_number_can_wait(database: Database) -> None:
    _, browser = signed_up(database)

    assert "You can add one later" in browser.get(f"{SETUP}/number").words
    assert browser.get("/console/today").status == 200


def test_hours_are_asked_of_a_provider_who_has_none(database: Database, around: None) -> None:
    clinic, browser = signed_up(database)
    clinic.do("INSERT INTO providers (org_id, name) VALUES (%s, 'Dr. Ada Birch')", clinic.org_id)
    assert marked(browser.get(f"{SETUP}/providers")) == []

    browser.submit(f"{SETUP}/providers", f"{SETUP}/providers", {"day": ["6"], "durationMin": "20"})

    assert clinic.all("SELECT name FROM providers") == [("Dr. Ada Birch",)]
    assert clinic.all("SELECT DISTINCT weekday FROM working_hours") == [(6,)]
    assert clinic.all("SELECT duration_min FROM appointment_types") == [(20,)]


def test_hours_that_are_in_an_emr_are_not_asked_for(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET emr = 'oscar'")

    seen = Browser.of().get(f"{SETUP}/providers")

    assert "Hours" in marked(seen)
    assert "callers are offered what is open there" in seen.words
    assert not seen.page.xpath("//input[@type='time']")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "name"),
        ({"day": []}, "Tick at least one day"),
        ({"ends-3-1": ""}, "weekly"),
        ({"day": ["1", "6"], **dict.fromkeys(SATURDAYS, "")}, "for each day that is ticked"),
        ({"durationMin": "half an hour"}, "durationMin"),
    ],
)
def test_what_is_not_taken_leaves_nothing_and_is_still_typed(
    database: Database, around: None, typed: dict[str, str | list[str]], said: str
) -> None:
    clinic, browser = signed_up(database)
    fields = {"name": "Dr. Ada Birch", "specialty": "skin", "starts-1-1": "07:15"}

    seen = browser.submit(f"{SETUP}/providers", f"{SETUP}/providers", fields | typed)

    assert seen.status == 422
    assert clinic.all("SELECT FROM providers") == clinic.all("SELECT FROM working_hours") == []
    kept = seen.form(f"{SETUP}/providers")
    assert (kept["specialty"], kept["starts-1-1"]) == (["skin"], ["07:15"])
    assert said in seen.words or seen.page.xpath("//*[@id=$id]", id=f"f-{said}-wrong")


def test_of_two_who_name_the_clinic_the_second_sees_the_firsts_words(clinic: Clinic, around: None) -> None:
    mine, theirs = Browser.of(), Browser.of()
    path = f"{SETUP}/organization"
    form = mine.get(path).form(path)
    theirs.submit(path, path, {"address": "9 Oak Road"})

    seen = mine.post(path, {**form, "address": "8 Elm Street"})

    assert seen.status == 412
    assert "9 Oak Road" in seen.words
    again = seen.form(path)
    assert again["address"] == ["8 Elm Street"]
    assert mine.post(path, again).status == 303
    assert clinic.all("SELECT address FROM organizations") == [("8 Elm Street",)]


def test_a_calendar_is_begun_with_a_link_for_no_form_may_lead_elsewhere(clinic: Clinic, around: None) -> None:
    browser = Browser.of()

    seen = browser.submit(f"{SETUP}/calendar", f"{SETUP}/calendar/google")

    [link] = seen.page.xpath("//a[contains(., 'Continue to Google')]")
    assert link.get("href").startswith("https://accounts.google.com/")
    assert "form-action 'self';" in seen.headers["content-security-policy"]
    assert clinic.all("SELECT count(*) FROM calendar_consents") == [(1,)]


def test_a_vendor_that_the_platform_is_not_registered_with_is_said(clinic: Clinic, around: None) -> None:
    seen = Browser.of().submit(f"{SETUP}/calendar", f"{SETUP}/calendar/outlook")

    assert seen.status == 409
    assert "isn't registered with that vendor yet" in seen.words


def test_whose_a_calendar_is_is_chosen_on_the_way(clinic: Clinic) -> None:
    connection, calendar = connected(clinic)
    browser = Browser.of()
    path = f"{SETUP}/calendar"
    form = browser.get(path).form(f"{path}/connections/{connection}")
    assert form[f"c-{calendar}"] == ["100"], "the first provider's, until somebody says otherwise"

    seen = browser.post(f"{path}/connections/{connection}", {**form, f"c-{calendar}": "101"})

    assert seen.to.startswith(f"{SETUP}/documents")
    assert clinic.all("SELECT provider_id FROM calendars") == [(101,)]


def test_an_agent_that_is_sent_twice_is_made_once(clinic: Clinic, around: None) -> None:
    browser = Browser.of()
    form = browser.get(f"{SETUP}/agent").form(f"{SETUP}/agent")

    assert [browser.post(f"{SETUP}/agent", form).status for _ in range(2)] == [303, 303]

    assert clinic.all("SELECT name FROM agents") == [("Front desk",)]


def test_a_number_that_can_not_be_had_is_said(clinic: Clinic, vapi: VapiAccount) -> None:
    browser = Browser.of()

    wrong = browser.submit(f"{SETUP}/number", f"{SETUP}/number", {"e164": "twelve"})
    unknown = browser.submit(f"{SETUP}/number", f"{SETUP}/number", {"e164": "604 555 0177"})

    assert (wrong.status, wrong.form(f"{SETUP}/number")["e164"]) == (400, ["twelve"])
    assert "That is no telephone number" in wrong.words
    assert unknown.status == 409
    assert clinic.all("SELECT count(*) FROM phone_numbers") == [(1,)]


@pytest.mark.parametrize("step", NAMES)
def test_a_viewer_looks_and_changes_nothing(clinic: Clinic, step: str) -> None:
    browser = Browser.of()
    form = browser.get(f"{SETUP}/{step}").form(f"{SETUP}/{step}") | {"agent": str(uuid4()), "text": "words"}
    before = clinic.all("SELECT xmin::text FROM organizations")
    clinic.lower_the_owner("viewer")

    seen, sent = browser.get(f"{SETUP}/{step}"), browser.post(f"{SETUP}/{step}", {**form, NAMES[step]: "x"})

    assert seen.status == 200
    assert "Save" not in seen.words
    assert sent.status == 403
    assert clinic.all("SELECT xmin::text FROM organizations") == before
    assert clinic.all("SELECT count(*) FROM providers") == [(3,)]
    assert clinic.all("SELECT FROM agents") == clinic.all("SELECT FROM documents") == []


def test_another_clinics_provider_and_mailbox_are_not_there(clinic: Clinic, harbour: Clinic) -> None:
    connection, calendar = connected(clinic)
    browser = Browser.of(demo.HARBOUR)
    form = {"provider": "100", "name": "Mine", "languages": "en", "day": ["1"], "durationMin": "30"}

    assert browser.post(f"{SETUP}/providers", form).status == 404
    assert browser.post(f"{SETUP}/calendar/connections/{connection}", {f"c-{calendar}": "200"}).status == 404

    assert clinic.all("SELECT name FROM providers WHERE id = 100") == [("Dr. Wei Chen",)]
    assert clinic.all("SELECT provider_id FROM calendars") == [(None,)]


def test_what_people_wrote_is_shown_as_text(clinic: Clinic, around: None) -> None:
    script = "<script>alert(1)</script>"
    connected(clinic)
    clinic.do("UPDATE organizations SET name = %s, name_zh = %s, address = %s", *[script] * 3)
    clinic.do("UPDATE providers SET name = %s, name_zh = %s, specialty = %s", *[script] * 3)
    clinic.do("UPDATE appointment_types SET name = %s || id", script)
    clinic.do("UPDATE calendar_connections SET account = %s", script)
    clinic.do("UPDATE calendars SET name = %s", script)
    browser = Browser.of()
    browser.submit(f"{SETUP}/documents", f"{SETUP}/documents", {"name": script, "text": script})
    browser.submit(f"{SETUP}/agent", f"{SETUP}/agent", {"name": script})

    steps = ("", *(f"/{one}" for one in (*NAMES, "calendar", "rehearsal?step=6")))
    for path in steps:
        seen = browser.get(f"{SETUP}{path}")
        assert seen.status == 200, path
        assert "<script>alert" not in seen.text, path
        assert "&lt;script&gt;alert" in seen.text, path


def test_no_page_is_heavy(clinic: Clinic) -> None:
    browser = Browser.of()

    for path in ("", *(f"/{one}" for one in (*NAMES, "calendar", "rehearsal?step=6"))):
        assert len(browser.get(f"{SETUP}{path}").text.encode()) < 60_000, path


def connected(clinic: Clinic) -> tuple[int, int]:
    """Ids of a mailbox that is connected and of its calendar, which is nobody's yet."""
    [(connection,)] = clinic.all(
        "INSERT INTO calendar_connections (org_id, vendor, account, connected_by, failure, refresh_token)"
        " VALUES (%s, 'google', 'ada@example.com', 'somebody', NULL, '{sealed}') RETURNING id",
        clinic.org_id,
    )
    [(calendar,)] = clinic.all(
        "INSERT INTO calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable)"
        " VALUES (%s, %s, 'primary', 'Ada', true, true) RETURNING id",
        clinic.org_id,
        connection,
    )
    return connection, calendar
