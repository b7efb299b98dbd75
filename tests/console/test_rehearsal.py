"""The rehearsal: a call that nobody made, by the real tools at this very clinic, of which nothing remains."""

import re
from contextlib import nullcontext

import psycopg
import pytest

from frontdesk.calls import rehearsing
from frontdesk.db.transaction import Transaction
from local import demo
from tests.clinic import Clinic
from tests.conftest import Database
from tests.console.browsing import Browser, Seen
from tests.console.newcomers import signed_up

PATH = "/console/setup/rehearsal"
STEPS = 6
TOOLS = [
    "get_clinic_info",
    "search_patient_by_phone",
    "search_patient_by_phone",
    "find_earliest_appointment",
    "create_appointment",
    "check_appointments",
]


def played(browser: Browser, step: int = STEPS, caller: str = "en") -> Seen:
    seen = browser.get(f"{PATH}?caller={caller}&step={step}")
    assert seen.status == 200, seen.text
    return seen


def turns(seen: Seen) -> list[str]:
    """What is said, the caller's words and the desk's in turn."""
    return [" ".join(one.text_content().split()) for one in seen.page.xpath("//ol//div[@class='turn']")]


def tools(seen: Seen) -> list[str]:
    """Which tools the desk asked."""
    return [str(one) for one in seen.page.xpath("//ol//code/text()")]


def everything(database: Database, superuser_url: str) -> dict[str, tuple[int, str]]:
    """Of every table, how many rows it has and what is in them, as only somebody past all walls can see."""
    with psycopg.connect(database.owner_url) as owner:
        name = owner.info.dbname
    with psycopg.connect(superuser_url, dbname=name) as superuser:
        tables = superuser.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {table: _content(superuser, table) for (table,) in tables}


def _content(superuser: psycopg.Connection, table: str) -> tuple[int, str]:
    rows = sorted(text for (text,) in superuser.execute(f"SELECT t::text FROM {table} t".encode()))
    return len(rows), "\n".join(rows)


def _kept(_: Transaction) -> nullcontext[None]:
    """In place of `undone`: nothing is."""
    return nullcontext()


def test_somebody_books_the_earliest_time_there_is(clinic: Clinic) -> None:
    offered = clinic.ask("find_earliest_appointment")

    seen = played(Browser.of())

    assert tools(seen) == TOOLS
    said = turns(seen)
    assert said[:2] == [
        "Hello, is this Maple Clinic? When are you open?",
        clinic.ask("get_clinic_info", call="another")["say"],
    ]
    assert said[3] == "I found a file for Taylor."
    assert said[5] == "Thank you, Taylor. I have your file."
    assert said[7].startswith("The earliest I have is ")
    assert said[7] != offered["say"], "that one is held for a caller, here as everywhere"
    assert said[9].startswith("You're booked with ")
    assert said[11].startswith("You have General consultation with ")
    assert re.search(r"create_appointment · \d+\.\d ms", seen.words)
    assert "Nothing of this call was kept" in seen.words


def test_in_chinese_where_the_member_picks_it(clinic: Clinic) -> None:
    said = turns(played(Browser.of(), caller="zh"))

    assert said[0] == "您好，是枫叶诊所吗？你们什么时候开门？"
    assert said[5] == "谢谢您，林小雨，我已经找到您的档案。"
    assert said[9].startswith("已为您预约")


def test_no_language_is_offered_that_the_clinic_does_not_answer_in(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET languages = '{en}'")

    seen = Browser.of().get(f"{PATH}?caller=zh&step=1")

    assert seen.page.xpath("//main//a[contains(@href, 'caller=zh')]") == []
    assert turns(seen)[0].startswith("Hello")


def test_nothing_remains_in_any_table(clinic: Clinic, database: Database, superuser_url: str) -> None:
    browser = Browser.of()
    before = everything(database, superuser_url)

    for caller in ("en", "zh"):
        for step in range(STEPS + 1):
            played(browser, step, caller)

    assert everything(database, superuser_url) == before
    assert before["public.appointments"][0] == 0
    assert before["public.patients"][0] > 0


def test_what_would_remain_without_the_undoing_is_seen(
    clinic: Clinic, database: Database, superuser_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(database, superuser_url)
    monkeypatch.setattr(Transaction, "undone", _kept)

    played(Browser.of())

    after = everything(database, superuser_url)
    changed = {table for table in after if after[table] != before[table]}
    assert {"public.calls", "public.patients", "public.patient_name_keys", "public.appointments"} <= changed


def test_each_step_is_played_from_the_beginning(clinic: Clinic) -> None:
    browser = Browser.of()
    first = played(browser, 4)
    [again] = first.page.xpath("//a[normalize-space()='Next']/@href")

    clinic.book()
    later = played(browser, 4)

    assert again == "?caller=en&step=5#turn-5"
    assert turns(later)[:6] == turns(first)[:6]
    assert turns(later)[7] != turns(first)[7], "somebody has taken that time meanwhile"


def test_a_caller_gets_the_time_that_a_rehearsal_booked(clinic: Clinic) -> None:
    heard = turns(played(Browser.of()))[7]

    assert clinic.ask("find_earliest_appointment")["say"] == heard


def test_a_new_clinic_can_be_called_before_it_has_a_number(database: Database) -> None:
    clinic, browser = signed_up(database)
    clinic.do("INSERT INTO providers (org_id, name) VALUES (%s, 'Dr. Ada Birch')", clinic.org_id)
    clinic.do(
        "INSERT INTO working_hours (org_id, provider_id, weekday, starts, ends)"
        " SELECT org_id, id, weekday, '00:00', '00:00' FROM providers, generate_series(1, 7) weekday"
    )

    said = turns(played(browser))

    assert said[1].startswith("This is Birch Clinic. Today: "), "it has said no address"
    assert said[9].startswith("You're booked with Dr. Ada Birch, ")


@pytest.mark.parametrize(
    ("has_provider", "heard"),
    [(False, "I found no such doctor here."), (True, "I don't see anything free in that time.")],
)
def test_where_there_is_nothing_to_offer_it_says_so_and_where_to_mend_it(
    database: Database, superuser_url: str, has_provider: bool, heard: str
) -> None:
    clinic, browser = signed_up(database)
    if has_provider:
        clinic.do("INSERT INTO providers (org_id, name) VALUES (%s, 'Dr. Ada Birch')", clinic.org_id)
    before = everything(database, superuser_url)

    seen = played(browser)

    assert tools(seen) == TOOLS[:4]
    assert turns(seen)[-1].startswith(heard)
    assert "refused" in seen.words
    assert "there is nothing to offer" in seen.words
    assert seen.page.xpath("//a[@href='/console/setup/providers' and contains(@class, 'main')]")
    assert not seen.page.xpath("//a[normalize-space()='Next']")
    assert everything(database, superuser_url) == before


def test_where_the_clinic_confirms_each_visit_the_caller_is_told(clinic: Clinic) -> None:
    said = turns(played(Browser.of(demo.GARDEN)))

    assert said[9].startswith("I've asked the clinic for ")
    assert clinic.all("SELECT FROM notifications") == []


def test_who_takes_no_new_patients_can_still_hear_it(clinic: Clinic) -> None:
    clinic.do("UPDATE organizations SET accepting_new_patients = false")

    assert turns(played(Browser.of()))[9].startswith("You're booked with ")


def test_a_diary_in_an_emr_is_left_alone(clinic: Clinic, database: Database, superuser_url: str) -> None:
    clinic.do("UPDATE organizations SET emr = 'oscar'")
    before = everything(database, superuser_url)

    seen = played(Browser.of())

    assert "Your diary is in your EMR" in seen.words
    assert turns(seen) == []
    assert everything(database, superuser_url) == before


def test_calendars_count_as_they_were_read_and_nobody_is_asked(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO calendar_connections (org_id, vendor, account, connected_by, failure, refresh_token)"
        " VALUES (%s, 'google', 'ada@example.com', 'somebody', NULL, '{sealed}')",
        clinic.org_id,
    )
    clinic.do(
        "INSERT INTO calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable, provider_id,"
        " pulled_at) SELECT org_id, id, 'primary', 'Ada', true, true, 100, now() - interval '1 day'"
        " FROM calendar_connections"
    )

    assert turns(played(Browser.of()))[9].startswith("You're booked with ")

    clinic.do("UPDATE calendars SET pulled_at = NULL")
    seen = played(Browser.of())
    assert (tools(seen), len(turns(seen))) == (TOOLS[:3], 7)
    assert "has not been read yet" in seen.words


def test_the_caller_is_nobodys_number() -> None:
    assert re.fullmatch(r"\+1\d{3}55501\d{2}", rehearsing.NUMBER)


@pytest.mark.parametrize("step", ["-1", "x", "", "999999", "٣"])
def test_any_step_is_a_page(clinic: Clinic, step: str) -> None:
    assert Browser.of().get(f"{PATH}?step={step}").status == 200


def test_a_viewer_may_hear_it_too(clinic: Clinic) -> None:
    clinic.lower_the_owner("viewer")

    assert len(turns(played(Browser.of()))) == 2 * STEPS
