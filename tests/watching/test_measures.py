"""What is counted of a stage, as CloudWatch reads it from the log, and how things stand in the database."""

import json
from typing import Any

import pytest

from frontdesk import measures
from frontdesk.errors import DatabaseFailed, DeadlineExceeded, ProviderFailed
from frontdesk.measures import Booking, Failure, Figures
from frontdesk.queue import Retry
from functions.watching.measure.handler import handler as measure
from tests.clinic import Clinic, Context

Printed = pytest.CaptureFixture[str]


def counted(printed: Printed, metric: str) -> list[dict[str, Any]]:
    """The dimensions of each line that counts it."""
    found = [json.loads(text) for text in printed.readouterr().out.splitlines()]
    return [
        {
            name: one[name]
            for [names] in [part["Dimensions"] for part in one["_aws"]["CloudWatchMetrics"]]
            for name in names
        }
        for one in found
        if metric in one and "_aws" in one
    ]


def outcomes(printed: Printed) -> list[str]:
    found = counted(printed, measures.BOOKING)
    assert all(one.keys() == {"service", "outcome"} and one["service"] == "frontdesk" for one in found)
    return [one["outcome"] for one in found]


def test_what_comes_of_bookings_is_counted_by_kind(clinic: Clinic, printed: Printed) -> None:
    booked = clinic.book()
    assert outcomes(printed) == [Booking.BOOKED]

    clinic.ask(
        "create_appointment",
        call="call-2",
        appointmentType="General consultation",
        startTime=booked["startTime"],
        providerId=booked["providerId"],
        reason="cough",
        demographicId=clinic.prove_john(call="call-2"),
    )
    assert outcomes(printed) == [Booking.TAKEN]

    moved = clinic.ask("find_earliest_appointment")
    clinic.ask(
        "update_appointment",
        appointmentId=booked["appointmentId"],
        newStartTime=moved["startTime"],
        newProviderId=moved["providerId"],
    )
    clinic.ask(
        "update_appointment", appointmentId=booked["appointmentId"], newStartTime="2020-01-01T09:00:00"
    )
    clinic.ask("cancel_appointment", appointmentId=booked["appointmentId"])
    clinic.ask("cancel_appointment", appointmentId=987_654)

    assert outcomes(printed) == [
        Booking.MOVED,
        Booking.OFFERED_OTHERS,
        Booking.CANCELLED,
        Booking.DECLINED,
    ]


def test_a_repeat_is_no_second_booking_and_a_question_is_none(clinic: Clinic, printed: Printed) -> None:
    booked = clinic.book()
    printed.readouterr()
    for _ in range(2):
        clinic.ask("cancel_appointment", id="twice", appointmentId=booked["appointmentId"])
    clinic.ask("find_earliest_appointment")

    assert outcomes(printed) == [Booking.CANCELLED]


def test_a_clinic_that_approves_is_asked(clinic: Clinic, printed: Printed) -> None:
    clinic.do("UPDATE organizations SET booking_mode = 'approval'")

    clinic.book()

    assert outcomes(printed) == [Booking.ASKED_FOR]


def test_a_failure_is_counted_by_who_failed() -> None:
    retried = Retry()
    retried.__cause__ = DatabaseFailed("away")

    assert {
        type(one).__name__: measures.kind_of(one)
        for one in (DatabaseFailed(""), DeadlineExceeded(""), ProviderFailed(""), KeyError(""), retried)
    } == {
        "DatabaseFailed": Failure.DATABASE,
        "DeadlineExceeded": Failure.DEADLINE,
        "ProviderFailed": Failure.PROVIDER,
        "KeyError": Failure.OURS,
        "Retry": Failure.DATABASE,
    }


def test_a_tool_that_can_not_reach_the_database_counts_it(
    clinic: Clinic, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.do("ALTER TABLE tool_calls RENAME TO away")
    clinic.error("cancel_appointment", appointmentId=1)
    out = printed.readouterr().out

    found = [json.loads(text) for text in out.splitlines()]
    assert [one["kind"] for one in found if measures.FAILURE in one and "_aws" in one] == ["database"]
    assert [one["outcome"] for one in found if measures.BOOKING in one and "_aws" in one] == ["failed"]


def test_how_things_stand_is_measured_over_all_clinics_in_numbers_alone(
    clinic: Clinic, harbour: Clinic, printed: Printed
) -> None:
    for line in (clinic, harbour):
        line.ask("get_providers")
        line.do(
            "INSERT INTO agents (org_id, id, name, template, languages, voice, model, temperature,"
            " updated_at) VALUES (%s, gen_random_uuid(), 'Desk', 'squad', '{en}', 'sarah', 'gpt-4o', 0.3,"
            " now() - interval '16 minutes')",
            line.org_id,
        )
        line.do("UPDATE agents SET synced_version = version - 1")
        line.do(
            "INSERT INTO emr_connections (org_id, server, failures, retry_at, synced_at)"
            " VALUES (%s, '{}', 9, now(), now() - interval '31 minutes')",
            line.org_id,
        )
    clinic.do("UPDATE calls SET ended_at = now()")
    printed.readouterr()

    found = measure({}, Context())

    assert (
        found
        == Figures(
            calls_now=1,
            calendars_connected=0,
            calendars_stale=0,
            calendar_age_s=0,
            calendar_outbox_age_s=0,
            breakers_open=2,
            breakers_open_long=2,
            emrs_stale=2,
            agents_behind=2,
        )._asdict()
    )
    [line] = [json.loads(text) for text in printed.readouterr().out.splitlines()]
    [group] = line["_aws"]["CloudWatchMetrics"]
    assert group["Dimensions"] == [["service"]]
    assert {each["Name"]: each["Unit"] for each in group["Metrics"]} == {
        measures.name_of(field): "Seconds" if field.endswith("_s") else "Count" for field in Figures._fields
    }
