"""What is over in time goes, clinic by clinic; the audit log's months go whole, and the seals know it."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from frontdesk import rounds
from frontdesk.privacy import sealing
from functions.privacy.keep_retention.handler import handler
from local import demo
from tests.audit.test_seals import seal_all, verified
from tests.clinic import Clinic, Context
from tests.conftest import Database
from tests.member import Member, token
from tests.walls.conftest import as_app, claims_of, months

MAPLE = Member(token(demo.MAPLE))
OLD = datetime(2016, 3, 15, 12, tzinfo=UTC)


def left_behind(clinic: Clinic, call: str, days_ago: int) -> None:
    """A call so long ago, with all that can hang on one."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    clinic.do(
        "INSERT INTO calls (org_id, id, kind, language, started_at, recording_object)"
        " VALUES (%s, %s, 'inboundPhoneCall', 'en', %s, %s)",
        *(clinic.org_id, call, at, f"recordings/{call}"),
    )
    for table, values in (
        ("transcripts (org_id, call_id, place, role, said_at, text)", "0, 'caller', now(), 'Hi'"),
        ("call_originals (org_id, call_id, object_name, expires_at)", f"'originals/{call}', 'infinity'"),
        ("call_events (org_id, call_id, at, kind)", "now(), 'answered'"),
        ("call_messages (org_id, call_id, type, content_hash)", "'hang', 'f00'"),
        ("tool_calls (org_id, call_id, id, tool, arguments_hash)", "'1', 'get_patient', 'f00'"),
        ("transfers (org_id, call_id, reason, status)", "'billing', 'asked'"),
        ("call_outcomes (org_id, call_id, outcome, language)", "'booked', 'en'"),
    ):
        clinic.do(f"INSERT INTO {table} VALUES (%s, %s, {values})", clinic.org_id, call)
    clinic.do(
        "INSERT INTO notifications (org_id, kind, call_id, at) VALUES (%s, 'booked', %s, %s)",
        *(clinic.org_id, call, at),
    )
    clinic.do(
        "INSERT INTO text_messages (org_id, call_id, patient_id, appointment_id, language, visit_start,"
        " visit_status) SELECT org_id, %s, min(id), 1, 'en', %s, 'booked' FROM patients GROUP BY org_id",
        *(call, at),
    )
    clinic.do(
        "INSERT INTO outbound_calls (org_id, purpose, key, number, not_before, expires_at, next_at, status,"
        " ended_at) VALUES (%s, 'recall', %s, '+16045550123', %s, now(), now(), 'done', %s)",
        *(clinic.org_id, call, at, at),
    )
    clinic.do(
        "INSERT INTO outbound_attempts (org_id, item_id, attempt, asked_since)"
        " SELECT org_id, max(id), 1, now() FROM outbound_calls GROUP BY org_id"
    )


HANGING = (
    *("calls", "transcripts", "call_originals", "call_events", "call_messages"),
    *("tool_calls", "transfers", "call_outcomes", "notifications"),
    *("text_messages", "outbound_calls", "outbound_attempts"),
)


def left(clinic: Clinic) -> dict[str, int]:
    return {table: clinic.all(f"SELECT count(*) FROM {table}")[0][0] for table in HANGING}


def test_what_calls_left_goes_by_each_clinics_own_days(clinic: Clinic, harbour: Clinic) -> None:
    for one in (clinic, harbour):
        left_behind(one, "old", 61)
        left_behind(one, "new", 59)
    assert MAPLE.patch("/organization", {"retentionDays": 60}).status == 200

    told = handler({}, Context())

    assert (told["calls"], told["failed"]) == (1, 0)
    assert left(clinic) == dict.fromkeys(HANGING, 1)
    assert left(harbour) == dict.fromkeys(HANGING, 2)
    assert clinic.all("SELECT id FROM calls") == [("new",)]
    assert clinic.all("SELECT kind, name, done_at FROM deletions ORDER BY name") == [
        ("object", "originals/old", None),
        ("object", "recordings/old", None),
    ]
    assert harbour.all("SELECT FROM deletions") == []


def test_a_run_without_time_for_all_takes_others_the_next_time_and_calls_none_failed(
    clinic: Clinic, harbour: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    everyone, _ = rounds.of_ids(sealing.clinics, str, ends=time.monotonic() + 20)
    assert set(everyone) >= {clinic.org_id, harbour.org_id}

    came: set[str] = set()
    tries = 0
    while len(came) < 2:
        ends = time.monotonic() + 0.3
        done, failed = rounds.of_ids(sealing.clinics, partial(_slow, until=ends), ends=ends)
        assert (len(done), failed) == (1, 0)
        came |= set(done)
        assert (tries := tries + 1) < 30
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def _slow(org_id: object, *, until: float) -> str:
    time.sleep(max(0, until - time.monotonic()))
    return str(org_id)


def test_a_legal_hold_keeps_everything_until_it_is_lifted(clinic: Clinic) -> None:
    left_behind(clinic, "old", 100)
    clinic.do(
        "INSERT INTO caller_memories (org_id, caller_number, language, expires_at)"
        " VALUES (%s, '+16045550199', 'en', now())",
        clinic.org_id,
    )
    assert MAPLE.patch("/organization", {"retentionDays": 60, "legalHold": True}).body["legalHold"] is True

    assert handler({}, Context())["calls"] == 0
    assert left(clinic)["calls"] == 1

    assert MAPLE.patch("/organization", {"legalHold": False}).status == 200
    told = handler({}, Context())
    assert (told["calls"], clinic.all("SELECT FROM caller_memories")) == (1, [])


def test_memories_and_originals_go_on_their_own_day(clinic: Clinic) -> None:
    left_behind(clinic, "new", 1)
    left_behind(clinic, "newer", 0)
    clinic.do("UPDATE call_originals SET expires_at = now() - interval '1 second' WHERE call_id = 'new'")
    for number, until in (("+16045550198", "-1 second"), ("+16045550199", "1 hour")):
        clinic.do(
            "INSERT INTO caller_memories (org_id, caller_number, language, expires_at)"
            " VALUES (%s, %s, 'en', now() + %s::interval)",
            *(clinic.org_id, number, until),
        )

    handler({}, Context())

    assert clinic.all("SELECT caller_number FROM caller_memories") == [("+16045550199",)]
    assert clinic.all("SELECT call_id FROM call_originals") == [("newer",)]
    assert clinic.all("SELECT name FROM deletions") == [("originals/new",)]
    assert left(clinic)["transcripts"] == 2


def test_more_than_a_statement_takes_goes_in_several(clinic: Clinic) -> None:
    clinic.do(
        "INSERT INTO calls (org_id, id, kind, language, started_at)"
        " SELECT %s, 'old-' || n, 'inboundPhoneCall', 'en', now() - interval '4000 days'"
        " FROM generate_series(1, 450) n",
        clinic.org_id,
    )

    assert handler({}, Context())["calls"] == 450


def test_numbers_that_caps_were_counted_by_are_forgotten(clinic: Clinic) -> None:
    clinic.book()
    assert clinic.all("SELECT FROM appointments WHERE capped_as IS NOT NULL")
    clinic.do("UPDATE appointments SET created_at = now() - interval '4000 days'")

    handler({}, Context())

    assert clinic.all("SELECT FROM appointments WHERE capped_as IS NOT NULL") == []
    assert clinic.all("SELECT status FROM appointments") == [("booked",)]


def entry(clinic: Clinic, at: datetime) -> int:
    return clinic.all(
        "INSERT INTO audit_log (org_id, at, action, outcome) VALUES (%s, %s, 'x', 'done') RETURNING id",
        *(clinic.org_id, at),
    )[0][0]


@pytest.fixture
def old_month(clinic: Clinic) -> str:
    """The log has a month of long ago."""
    clinic.all("SELECT archive.make_month('2016-03-01 00:00+00')")
    return "audit_log_2016_03"


def test_a_month_goes_whole_when_it_is_sealed_and_everybodys_time_is_over(
    database: Database, clinic: Clinic, harbour: Clinic, old_month: str
) -> None:
    for one in (clinic, harbour):
        entry(one, OLD)
        entry(one, datetime.now(UTC))
    assert handler({}, Context())["months"] == [], "not sealed yet"
    seal_all(clinic, harbour)
    harbour.do("UPDATE organizations SET retention_days = 36500")
    assert handler({}, Context()) | {"clinics": 0} == {
        **dict.fromkeys(("clinics", "calls", "others", "failed"), 0),
        "closed": 1,
        "months": [],
    }
    assert clinic.all("SELECT count(*) FROM audit_log WHERE at < '2017-01-01'") == [(1,)], "Harbour keeps it"

    harbour.do("UPDATE organizations SET retention_days = 30")
    assert handler({}, Context())["months"] == [], "first the seals say so"
    assert handler({}, Context())["months"] == [old_month]

    assert old_month not in months(database.owner_url)
    for one in (clinic, harbour):
        found = verified(one)
        assert (found.sealed, found.gone, found.faults) == (2, 1, [])
        assert found.head.batch == 2, "the closing seal"
    assert handler({}, Context())["closed"] == 0, "said once"


def test_a_hold_at_one_clinic_keeps_the_month_for_all(
    clinic: Clinic, harbour: Clinic, old_month: str
) -> None:
    for one in (clinic, harbour):
        entry(one, OLD)
    seal_all(clinic, harbour)
    handler({}, Context())
    harbour.do("UPDATE organizations SET legal_hold = true")

    assert handler({}, Context())["months"] == []
    harbour.do("UPDATE organizations SET legal_hold = false")
    assert handler({}, Context())["months"] == [old_month]


def test_entries_are_kept_six_years_whatever_the_clinic_says(clinic: Clinic) -> None:
    five = datetime.now(UTC) - timedelta(days=5 * 365)
    clinic.all(f"SELECT archive.make_month(date_trunc('month', timestamptz '{five:%Y-%m-%d}', 'UTC'))")
    entry(clinic, five)
    clinic.do("UPDATE organizations SET retention_days = 30")
    seal_all(clinic)

    handler({}, Context())
    told = handler({}, Context())

    assert (told["closed"], told["months"]) == (0, [])
    assert clinic.all("SELECT count(*) FROM audit_log") == [(1,)]


def test_an_entry_that_somebody_deletes_is_no_retention(clinic: Clinic, old_month: str) -> None:
    one, two = entry(clinic, OLD), entry(clinic, datetime.now(UTC))
    seal_all(clinic)

    clinic.do("DELETE FROM audit_log WHERE id = %s", one)
    assert [(fault.row, fault.kind) for fault in verified(clinic).faults] == [(one, "missing")]
    clinic.do("DELETE FROM audit_log WHERE id = %s", two)
    assert [fault.row for fault in verified(clinic).faults] == [one, two]


def test_who_asks_to_drop_months_gets_no_other_clinics_claims(
    database: Database, clinic: Clinic, harbour: Clinic, old_month: str
) -> None:
    entry(clinic, OLD)
    with as_app(database, claims_of(harbour)) as app:
        assert app.all("SELECT archive.drop_months()") == []
        assert app.all("SELECT DISTINCT org_id::text FROM phone_numbers") == [(harbour.org_id,)]


def test_months_are_there_ahead_and_made_once(database: Database, clinic: Clinic) -> None:
    before = months(database.owner_url)

    assert handler({}, Context())["months"] == []

    assert months(database.owner_url) == before
    now: Any = datetime.now(UTC)
    ahead = [(now.year + (now.month + n - 1) // 12, (now.month + n - 1) % 12 + 1) for n in range(4)]
    assert {f"audit_log_{year}_{month:02}" for year, month in ahead} <= set(before)
    clinic.ask("get_clinic_info")
    assert clinic.all("SELECT tableoid::regclass::text FROM audit_log") == [(f"audit_log_{now:%Y_%m}",)]
