"""`/console/figures`: what the desk did, counted by the clinic's own days."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from frontdesk.calls import figures
from frontdesk.db.claims import clinic_transaction
from tests.clinic import Clinic
from tests.console.browsing import Browser


def call(
    clinic: Clinic, id_: str, at: str, outcome: str | None, *, seconds: int = 120, language: str = "en"
) -> None:
    clinic.do(
        "INSERT INTO calls (org_id, id, kind, language, started_at, ended_at, duration_s)"
        " VALUES (%s, %s, 'inboundPhoneCall', %s, %s::timestamptz, %s::timestamptz, %s)",
        *(clinic.org_id, id_, language, at, at, seconds),
    )
    if outcome:
        clinic.do(
            "INSERT INTO call_outcomes (org_id, call_id, outcome, language) VALUES (%s, %s, %s, %s)",
            *(clinic.org_id, id_, outcome, language),
        )


def of_days(clinic: Clinic, count: int) -> figures.Figures:
    with clinic_transaction(UUID(clinic.org_id), float("inf")) as db:
        return figures.of_days(db, count)


def moment(clinic: Clinic, sql: str) -> Any:
    return clinic.all(f"SELECT {sql}")[0][0]


def test_calls_count_for_the_clinics_own_day_and_days_without_any_are_there(clinic: Clinic) -> None:
    today = moment(clinic, "(now() AT TIME ZONE 'America/Vancouver')::date")
    midnight = moment(clinic, f"'{today}'::timestamp AT TIME ZONE 'America/Vancouver'")
    call(clinic, "just-after", str(midnight + timedelta(seconds=1)), "booked")
    call(clinic, "just-before", str(midnight - timedelta(seconds=1)), "cancelled", language="zh")

    found = of_days(clinic, 7)

    assert [day.calls for day in found.days] == [0, 0, 0, 0, 0, 1, 1]
    assert [day.booked for day in found.days][-2:] == [0, 1]
    assert (found.total.calls, found.total.in_chinese, found.total.handled) == (2, 1, 2)


def test_a_call_that_somebody_took_over_or_that_came_to_nothing_saved_nobody_a_minute(clinic: Clinic) -> None:
    now = str(moment(clinic, "now()"))
    call(clinic, "fine", now, "booked", seconds=90)
    call(clinic, "handed-on", now, "booked")
    call(clinic, "nothing", now, "no_action")
    call(clinic, "unsaid", now, None)
    clinic.do(
        "INSERT INTO transfers (org_id, call_id, reason, status)"
        " VALUES (%s, 'handed-on', 'billing', 'accepted')",
        clinic.org_id,
    )

    total = of_days(clinic, 7).total

    assert (total.calls, total.ended, total.handled, total.handled_s) == (4, 4, 1, 90)


def test_how_long_tools_took_is_told_by_tool(clinic: Clinic) -> None:
    clinic.book()
    clinic.do("UPDATE tool_calls SET duration_ms = 40 WHERE tool = 'create_appointment'")
    [tool] = [one for one in of_days(clinic, 7).tools if one.tool == "create_appointment"]
    assert (tool.calls, tool.p50_ms, tool.p99_ms, tool.failed) == (1, 40, 40, 0)


def test_the_page_draws_and_says_it(clinic: Clinic) -> None:
    clinic.book()
    clinic.ask("log_call_metadata", callOutcome="booked")
    seen = Browser.of().get("/console/figures?days=7")
    assert seen.page.xpath("//dl//dd/text()")[:2] == ["1", "1"]
    assert len(seen.page.xpath("//*[contains(@class, 'bar second')]")) == 2, "a day's and the legend's"
    assert Browser.of().get("/console/figures?days=ninety").status == 200


def test_another_clinics_calls_are_not_counted(clinic: Clinic, harbour: Clinic) -> None:
    harbour.book()
    assert of_days(clinic, 30).total.calls == 0
