"""What a clinic's own people are told of their EMR when they have it checked: by page, in their language."""

from datetime import UTC, date, datetime

import pytest

from local import demo
from tests.clinic import Clinic
from tests.console.browsing import Browser
from tests.emr.asks import AskedWorld, Asks
from tests.member import Member, token

MAPLES, HARBOURS = Member(token(demo.MAPLE)), Member(token(demo.HARBOUR))
PAGE = "/console/settings/calendars"


def gone_quiet(asked: Asks) -> None:
    asked.instead = lambda _: (200, {}, b'{"error": "Away", "why": ""}')


def test_a_check_reads_one_of_each_and_changes_nothing_there_or_here(
    asked: Asks, asked_world: AskedWorld, clinic: Clinic
) -> None:
    asked_world.chart("Roe", "Jane", date(1988, 5, 6), phones=["604-555-0142"])
    before = asked_world.standing()
    rows = clinic.all("SELECT version, sync_failure FROM emr_connections")

    checked = MAPLES.post("/emr/check")

    assert checked.status == 200
    assert (checked.body["emr"], checked.body["product"]) == ("oscar", "OSCAR 19")
    assert [one["failed"] for one in checked.body["readings"]] == [None] * 5
    assert {"by_phone", "openings", "book", "cancel"} <= set(checked.body["can"])
    assert asked_world.standing() == before
    assert clinic.all("SELECT version, sync_failure FROM emr_connections") == rows
    assert "Roe" not in str(checked.body), "how many there are, not who"


def test_one_that_does_not_answer_is_told_and_not_asked_again(
    asked: Asks, asked_world: AskedWorld, clinic: Clinic
) -> None:
    gone_quiet(asked)

    checked = MAPLES.post("/emr/check")

    [opened, login] = checked.body["readings"]
    assert (opened["failed"], login["failed"]) == (None, "it hasn't answered for a while")
    assert (checked.status, checked.body["product"], checked.body["can"]) == (200, "", [])


def test_a_clinic_without_one_is_told_so(asked_world: AskedWorld, harbour: Clinic) -> None:
    assert HARBOURS.post("/emr/check").body["detail"].startswith("This clinic has no EMR")


def test_viewers_do_not_ask(asked: Asks, asked_world: AskedWorld, clinic: Clinic) -> None:
    clinic.lower_the_owner("viewer")
    assert MAPLES.post("/emr/check").status == 403
    assert asked.connections == 0


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("What it says just now", "login, capabilities", "it hasn't answered for a while", "failed")),
        ("zh", ("刚才的检查结果", "登录", "一段时间没有应答")),
    ],
)
def test_the_page_says_it_in_the_readers_language(
    asked: Asks, asked_world: AskedWorld, language: str, told: tuple[str, ...]
) -> None:
    gone_quiet(asked)
    browser = Browser.of()
    browser.get(f"{PAGE}?lang={language}")

    shown = browser.post("/console/settings/emr/check", {})

    assert shown.status == 200
    assert [one for one in told if one not in shown.words] == []
    assert ("it hasn't" in shown.words) is (language == "en")


def test_what_is_known_without_asking_is_in_the_readers_language_too(
    asked_world: AskedWorld, clinic: Clinic
) -> None:
    clinic.do(
        "UPDATE emr_connections SET failures = 7, retry_at = %s, sync_failure = 'Away', synced_at = NULL",
        datetime(2031, 3, 2, 9, 30, tzinfo=UTC),
    )
    browser = Browser.of()
    english, chinese = browser.get(PAGE).words, browser.get(f"{PAGE}?lang=zh").words

    assert "it didn't answer 7 times in a row, so it isn't asked before 09:30:00 UTC" in english
    assert "连续 7 次没有应答，因此在 09:30:00 UTC 之前不再查询" in chinese
    assert "尚未读取其日程" in chinese
