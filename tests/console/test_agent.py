"""`/console/agent`: what callers talk to, saved from a form, and how far that has come."""

from typing import Any
from uuid import UUID

import pytest

from frontdesk import aws
from frontdesk.agents.choices import VOICES
from frontdesk.agents.syncing import Saved
from local import demo
from tests.agents.conftest import Platform
from tests.agents.conftest import platform as platform
from tests.clinic import Clinic
from tests.console.browsing import Browser
from tests.member import Member, token

AGENT = "/console/agent"
COLUMNS = "SELECT name, languages, voice, greeting, transfer_reasons, version FROM agents"


@pytest.fixture(autouse=True)
def raised(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the events that were handed to the bus, in its place."""
    handed: list[str] = []

    class Bus:
        def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's own name
            handed.extend(each["DetailType"] for each in Entries)
            return {"FailedEntryCount": 0}

    bus = Bus()

    def client(_: str) -> Bus:
        return bus

    monkeypatch.setattr(aws, "client", client)
    return handed


@pytest.fixture
def saved(clinic: Clinic) -> str:
    """The page of Maple's first agent, as the defaults make it."""
    return Browser.of().submit(AGENT, AGENT).to.removesuffix("&done=agent")


def changes(browser: Browser, page: str) -> list[str]:
    found = browser.get(page).page.xpath("//*[@id='sync']/ul/li")
    return [" ".join(one.text_content().split()) for one in found]


def test_the_first_agent_is_one_press_away(clinic: Clinic, raised: list[str]) -> None:
    browser = Browser.of()
    assert "Nobody answers yet" in browser.get(AGENT).words

    page = browser.follow(browser.submit(AGENT, AGENT))

    assert page.status == 200
    assert "Agent saved." in page.words
    assert "Version 1 is on its way" in page.words
    assert clinic.all(COLUMNS) == [("Front desk", ["en", "zh"], "sarah", "", None, 1)]
    assert raised == ["AgentSaved"]


def test_a_form_that_is_sent_twice_makes_one_agent(clinic: Clinic) -> None:
    browser = Browser.of()
    form = browser.get(AGENT).form(AGENT)
    assert browser.post(AGENT, form).to == browser.post(AGENT, form).to
    assert len(clinic.all(COLUMNS)) == 1


def test_what_was_saved_is_pending_then_synced_with_each_tool_since_when(
    clinic: Clinic, platform: Platform
) -> None:
    browser = Browser.of()
    saved = browser.submit(AGENT, AGENT, {"template": "assistant"}).to
    asked = browser.get(saved)
    assert "on its way" in asked.words
    assert asked.page.xpath("//*[@id='sync']/@data-poll") == ["2"]
    assert asked.page.xpath("//body/@data-here") == [AGENT]

    [(agent_id,)] = clinic.all("SELECT id FROM agents")
    platform.sync(Saved(org_id=UUID(demo.MAPLE), agent_id=agent_id))

    page = browser.get(saved)
    assert "Callers hear version 1." in page.words
    assert "Last brought up to date:" in page.words
    assert page.page.xpath("count(//*[@id='sync']//details//li)") == len(platform.tools())
    [digits] = clinic.all(
        "SELECT left(definition_hash, 12), linked_at AT TIME ZONE 'America/Vancouver' FROM org_tools"
        " WHERE tool_name = 'get_clinic_info'"
    )
    [tool] = page.page.xpath("//*[@id='sync']//li[contains(., 'get_clinic_info')]")
    assert digits[0] in tool.text_content()
    assert f"{digits[1]:%b} {digits[1].day}" in tool.text_content()


def test_the_page_tells_what_the_last_save_changed(clinic: Clinic, saved: str) -> None:
    browser = Browser.of()
    assert changes(browser, saved) == []

    browser.submit(
        saved,
        saved,
        {"greeting": "Maple, <b>hello</b>.", "first": "zh", "transferReasons": "billing"},
    )

    assert sorted(changes(browser, saved)) == [
        "Greeting in English nothing → Maple, <b>hello</b>.",
        "Languages en, zh → zh, en",
        "Put through to a person when all → billing",
    ]
    assert clinic.all("SELECT languages, transfer_reasons, version FROM agents") == [
        (["zh", "en"], ["billing"], 2)
    ]
    browser.submit(saved, saved, {"greeting": ""})
    assert changes(browser, saved) == ["Greeting in English Maple, <b>hello</b>. → nothing"]


def test_who_saves_second_sees_all_that_others_saved_loses_nothing_and_may_go_on(
    clinic: Clinic, saved: str
) -> None:
    first, second = Browser.of(), Browser.of()
    typed = second.get(saved).form(saved)
    first.submit(saved, saved, {"greeting": "Theirs."})
    first.submit(saved, saved, {"voice": "paul"})

    told = second.post(saved, {**typed, "greeting": "Mine."})

    assert told.status == 412
    assert [" ".join(one.text_content().split()) for one in told.page.xpath("//main/div/ul/li")] == [
        "Voice: paul",
        "Greeting in English: Theirs.",
    ]
    assert told.form(saved)["greeting"] == ["Mine."]
    assert clinic.all("SELECT greeting, voice, version FROM agents") == [("Theirs.", "paul", 3)]

    assert second.post(saved, told.form(saved)).to == f"{saved}&done=agent"
    assert clinic.all("SELECT greeting, voice, version FROM agents") == [("Mine.", "sarah", 4)]


def test_an_agent_that_somebody_saved_meanwhile_is_not_taken_away_unseen(clinic: Clinic, saved: str) -> None:
    first, second = Browser.of(), Browser.of()
    away = saved.replace("?id=", "/") + "/delete?" + saved.partition("?")[2]
    form = second.get(saved).form(away)
    first.submit(saved, saved, {"greeting": "Theirs."})

    told = second.post(away, form)

    assert told.status == 412
    assert clinic.all("SELECT greeting FROM agents WHERE deleted_at IS NULL") == [("Theirs.",)]
    shown = told.form(saved)
    assert (shown["greeting"], shown["languages"]) == (["Theirs."], ["en", "zh"])
    assert second.post(away, told.form(away)).status == 303


def test_a_voice_that_lacks_a_language_is_refused_and_what_was_typed_stays(
    clinic: Clinic, saved: str
) -> None:
    told = Browser.of().submit(saved, saved, {"voice": "jenny", "instructions": "Be <i>kind</i>."})
    assert told.status == 422
    assert "The voice jenny doesn't speak all" in told.words
    form = told.form(saved)
    assert (form["voice"], form["instructions"]) == (["jenny"], ["Be <i>kind</i>."])
    assert form["languages"] == ["en", "zh"]
    assert clinic.all("SELECT voice, version FROM agents") == [("sarah", 1)]


def test_what_was_typed_for_an_agent_that_is_gone_is_kept(clinic: Clinic, saved: str) -> None:
    browser = Browser.of()
    typed = browser.get(saved).form(saved)
    agent_id = saved.partition("=")[2]
    page = browser.submit(saved, f"{AGENT}/{agent_id}/delete?id={agent_id}")
    assert page.to == f"{AGENT}?done=removed"
    assert browser.get(saved).status == 404

    told = browser.post(saved, {**typed, "greeting": "Mine."})

    assert told.status == 404
    assert told.form(AGENT)["greeting"] == ["Mine."]


def test_where_people_answer_is_shown_and_where_to_change_it(clinic: Clinic) -> None:
    clinic.do("DELETE FROM transfer_lines")
    assert "nowhere yet" in Browser.of().get(AGENT).words
    clinic.do(
        "INSERT INTO transfer_lines (org_id, number, reason) VALUES (%s, '+16045550177', 'emergency')",
        demo.MAPLE,
    )
    page = Browser.of().get(AGENT)
    assert "+1 604 555 0177 · emergency" in page.words
    assert page.page.xpath("//main//a[@href='/console/settings/booking']")


def test_voices_are_heard_by_a_sentence_and_where_vapi_has_them(clinic: Clinic, platform: Platform) -> None:
    browser = Browser.of()
    page = browser.get(AGENT).page
    assert len(page.xpath("//input[@name='voice']")) == len(page.xpath("//label//q")) == 5
    assert platform.vapi.requests() == [], "nobody waits for recordings that nobody listens to"

    heard = [browser.get(link) for link in page.xpath("//a[@data-plays]/@href")]

    assert [one.status for one in heard] == [303] * 5
    assert {one.to for one in heard} == {f"{platform.vapi.url}/voice-recordings/{id_}.wav" for id_ in VOICES}


def test_a_voice_that_vapi_has_no_recording_of_is_told_in_words(clinic: Clinic, platform: Platform) -> None:
    platform.vapi.faults({"path": "/voice-library", "status": 404})
    told = Browser.of().get(f"{AGENT}/voices/sarah")
    assert (told.status, "There is no recording of this voice." in told.words) == (404, True)


def test_a_viewer_sees_the_agent_and_changes_nothing(clinic: Clinic, saved: str) -> None:
    clinic.lower_the_owner("viewer")
    viewer = Browser.of()
    agent_id = saved.partition("=")[2]
    assert viewer.get(saved).page.xpath("//main//button") == []
    assert viewer.post(AGENT, {"agentId": agent_id, "name": "Mine", "languages": "en"}).status == 403
    assert viewer.post(f"{AGENT}/{agent_id}/delete").status == 403
    assert clinic.all("SELECT name, deleted_at, version FROM agents") == [("Front desk", None, 1)]


def test_another_clinics_agent_is_not_there(clinic: Clinic, harbour: Clinic, saved: str) -> None:
    agent_id = saved.partition("=")[2]
    harbours = Browser.of(demo.HARBOUR)
    assert harbours.get(saved).status == 404
    assert harbours.post(AGENT, {"agentId": agent_id, "name": "Mine", "languages": "en"}).status != 303
    assert harbours.post(f"{AGENT}/{agent_id}/delete").status == 404
    assert Member(token(demo.MAPLE)).get(f"/agents/{agent_id}").body["name"] == "Front desk"
