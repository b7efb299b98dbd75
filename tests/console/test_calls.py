"""`/console/calls`: which calls came, and one of them as it went."""

import pytest

from local import demo
from local.tokens import member_id
from tests.clinic import Clinic
from tests.console.browsing import Browser
from tests.conversation import Conversation

CALL = "/console/calls/call-1"


@pytest.fixture
def played(clinic: Clinic, talk: Conversation) -> None:
    """A call that books, and says afterwards that it moved something."""
    talk.status("in-progress")
    talk.said("bot", "Maple Clinic, how can I help?", assistantName="router")
    talk.said("user", "This is John Doe <b>bold</b>, born January 15th 1990.")
    clinic.book()
    talk.said("bot", "You're booked for Thursday at two.", assistantName="booking-en")
    talk.said("bot", "I have cancelled your other visit.", assistantName="booking-en")
    talk.end(recordingUrl="https://storage.vapi.ai/a.wav")


def read_by(clinic: Clinic) -> list[tuple[str, str, str]]:
    return clinic.all(
        "SELECT action, change ->> 'of', actor FROM audit_log"
        " WHERE action IN ('call.read', 'calls.listed') ORDER BY at"
    )


@pytest.mark.usefixtures("played")
def test_a_call_is_shown_as_it_went_redacted_and_that_it_was_read_is_written_down(clinic: Clinic) -> None:
    seen = Browser.of().get(CALL)

    assert seen.status == 200
    assert "Maple Clinic, how can I help?" in seen.words
    assert "create_appointment" in seen.words
    [answer] = seen.page.xpath("//code[text()='create_appointment']/ancestor::div[1]/q")
    assert answer.text.startswith("You're booked")
    assert "Doe" not in seen.words
    assert seen.page.xpath("//b[text()='bold']") == []
    assert ("call.read", "call-1", member_id(demo.MAPLE)) in read_by(clinic)


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize(
    ("reason", "language", "words"),
    [
        ("customer-ended-call", "en", "How it ended: they hung up"),
        ("customer-ended-call", "zh", "结束方式: 对方挂断"),
        ("pipeline-error-of-tomorrow", "en", "How it ended: pipeline error of tomorrow"),
    ],
)
def test_how_a_call_ended_is_said_in_words(clinic: Clinic, reason: str, language: str, words: str) -> None:
    clinic.do("UPDATE calls SET ended_reason = %s WHERE id = 'call-1'", reason)
    browser = Browser.of()
    browser.language = language
    assert words in browser.get(CALL).words


@pytest.mark.usefixtures("played")
def test_the_list_narrows_and_nothing_of_anybody_is_in_an_address(clinic: Clinic) -> None:
    clinic.ask("get_clinic_info", call="call-2")
    clinic.do("UPDATE calls SET language = 'zh' WHERE id = 'call-2'")
    browser = Browser.of()

    def shown(query: str = "") -> list[str]:
        page = browser.get(f"/console/calls{query}").page
        return [one.rpartition("/")[2] for one in page.xpath("//main//li/a/@href")]

    assert sorted(shown()) == ["call-1", "call-2"]
    assert shown("?language=zh") == ["call-2"]
    assert shown("?flagged=true") == ["call-1"]
    assert browser.get("/console/calls?outcome=nothing-of-ours").status == 404
    of_one = browser.get("/console/calls?patientId=1000")
    assert "Calls of one patient alone" in of_one.words
    assert of_one.page.xpath("//form[@method='get']//input[@name='patientId']/@value") == ["1000"]
    hrefs = browser.get("/console/calls").page.xpath("//@href")
    assert not [one for one in hrefs if "604555" in one]


@pytest.mark.usefixtures("played")
def test_a_flag_that_was_seen_to_stays_so(clinic: Clinic) -> None:
    browser = Browser.of()
    flag = browser.get(CALL).page.xpath("//input[@name='flag']/@value")[0]

    assert browser.submit(CALL, f"{CALL}/flags", {"flag": flag}).to == f"{CALL}?done=seen"

    assert clinic.all("SELECT resolved_flags FROM calls WHERE id = 'call-1'") == [([flag],)]
    assert browser.get(CALL).page.xpath("//input[@name='flag']/@checked") == ["checked"]


@pytest.mark.usefixtures("played")
def test_a_viewer_sees_flags_and_changes_none(clinic: Clinic) -> None:
    clinic.lower_the_owner("viewer")
    viewer = Browser.of()
    assert viewer.get(CALL).page.xpath("//input[@name='flag'][not(@disabled)]") == []
    assert viewer.post(f"{CALL}/flags", {"flag": "promise_broken"}).status == 403
    assert clinic.all("SELECT resolved_flags FROM calls WHERE id = 'call-1'") == [([],)]


@pytest.mark.usefixtures("played")
def test_only_an_address_that_is_https_is_one_to_follow(clinic: Clinic) -> None:
    browser = Browser.of()
    for url, links in (
        ("https://storage.vapi.ai/a.wav", 1),
        ("javascript:alert(1)", 0),
        ("http://a.example", 0),
    ):
        clinic.do("UPDATE calls SET recording_url = %s", url)
        assert len(browser.get(CALL).page.xpath("//a[@target='_blank']")) == links, url


def test_another_clinics_call_is_not_there(clinic: Clinic, harbour: Clinic) -> None:
    clinic.ask("get_clinic_info")
    assert Browser.of(demo.HARBOUR).get(f"/console/calls/{clinic.call}").status == 404


def test_what_is_shown_again_unchanged_was_not_read_again(clinic: Clinic) -> None:
    clinic.ask("get_clinic_info")
    browser = Browser.of()
    tag = browser.get("/console/today").headers["etag"]
    before = read_by(clinic)

    assert browser.get("/console/today", headers={"if-none-match": tag}).status == 304

    assert read_by(clinic) == before
