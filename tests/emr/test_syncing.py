"""A clinic's EMR is read, and what stands here follows what its own people do there."""

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any
from uuid import UUID

import pytest

from frontdesk.db.claims import clinic_transaction, directory_transaction
from frontdesk.emr import due, syncing
from frontdesk.emr.emr import Emr
from frontdesk.notifications import inbox
from frontdesk.zones import at, zone
from local.oscar_soap import Fault
from tests.clinic import Clinic
from tests.emr.oscars import OscarWorld, template

ZONE = zone("America/Vancouver")
TOMORROW = datetime.now(ZONE).date() + timedelta(days=1)


def wall(hour: int, minute: int = 0, *, day: date = TOMORROW) -> datetime:
    return at(day, clock(hour, minute), ZONE)


@dataclass
class Desk:
    """The clinic whose EMR that is: what our tables hold of it, and readings one after the other."""

    clinic: Clinic
    emr: Emr
    asked: list[str] = field(default_factory=list[str])

    def read(self, *, now: datetime | None = None, seconds: float = 60) -> None:
        """A reading, whenever the last one was."""
        self.clinic.do("UPDATE emr_connections SET due_at = now()")
        deadline = time.monotonic() + seconds

        def opened(org_id: UUID, /, *, ends: float) -> Emr:
            return self.emr

        syncing.sync(UUID(self.clinic.org_id), deadline, now=now, opened=opened)

    def visits(self) -> list[Any]:
        """What blocks, as the EMR has it."""
        return self.clinic.all(
            "SELECT emr_id, starts_at, ends_at FROM emr_visits WHERE status <> 'cancelled' ORDER BY 2, 1"
        )

    def ours(self) -> list[Any]:
        """Rows that callers can ask for."""
        return self.clinic.all(
            "SELECT v.emr_id, a.status, a.visit_start FROM appointments a"
            " JOIN emr_visits v ON v.appointment_id = a.id ORDER BY v.emr_id::int"
        )

    def know(self, chart: str, name: str = "Doe") -> int:
        """One of ours is that chart."""
        [[patient_id]] = self.clinic.all("SELECT min(id) FROM patients WHERE last_name = %s", name)
        self.clinic.do(
            "INSERT INTO emr_patients (org_id, patient_id, emr_id) VALUES (%s, %s, %s)",
            *(self.clinic.org_id, patient_id, chart),
        )
        return patient_id

    def doubt(self, chart: str, start: datetime, *, asked_s_ago: float) -> tuple[int, str]:
        """A visit that the EMR was asked for, and the answer was lost: our id, and its mark."""
        marker, end = f"m{int(start.timestamp())}", start + timedelta(minutes=30)
        with self.clinic.rows() as rows:
            made = rows.execute(
                "INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, pending_until,"
                " visit, occupied) SELECT p.org_id, p.provider_id, l.patient_id, (SELECT min(id) FROM"
                " appointment_types WHERE org_id = p.org_id), 'pending', lower(v), v, v FROM emr_providers p,"
                " emr_patients l, tstzrange(%s, %s) v WHERE l.emr_id = %s RETURNING id",
                (start, end, chart),
            ).fetchone()
            assert made
            rows.execute(
                "INSERT INTO emr_visits (org_id, provider_id, marker, patient_emr_id, starts_at, ends_at,"
                " status, appointment_id, asked_at) SELECT org_id, provider_id, %s, %s, %s, %s, 'pending',"
                " %s, now() - make_interval(secs => %s) FROM emr_providers",
                (marker, chart, start, end, made[0], asked_s_ago),
            )
        return made[0], marker

    def notices(self) -> list[Any]:
        return self.clinic.all("SELECT kind, of, appointment_id FROM notifications ORDER BY id")


def link_chen(desk: Desk) -> None:
    """The doctor has a diary here, before any reading."""
    desk.clinic.do(
        "WITH p AS (INSERT INTO providers (org_id, name) VALUES (%s, 'Dr. Wei Chen') RETURNING org_id, id)"
        " INSERT INTO emr_providers (org_id, emr_id, provider_id) SELECT org_id, '101', id FROM p",
        desk.clinic.org_id,
    )


@pytest.fixture
def desk(clinic: Clinic, oscar: OscarWorld) -> Desk:
    """One doctor in the EMR, who works tomorrow from 9 to 12; nothing has been read yet."""
    clinic.do(
        "UPDATE organizations SET emr = 'oscar', horizon_days = 3 WHERE id = %s",
        clinic.org_id,
    )
    clinic.do("INSERT INTO emr_connections (org_id, server) VALUES (%s, '{}')", clinic.org_id)
    oscar.days(template(at09="2" * 12), TOMORROW)
    return Desk(clinic, oscar.emr)


def test_the_first_reading_knows_who_works_when_and_what_is_taken(desk: Desk, oscar: OscarWorld) -> None:
    oscar.staff_book(wall(9), 30)

    desk.read()

    assert desk.clinic.all(
        "SELECT p.name, p.is_active FROM emr_providers e JOIN providers p ON p.id = e.provider_id"
    ) == [("Dr. Wei Chen", True)]
    assert desk.clinic.all("SELECT starts_at, ends_at, code FROM emr_openings") == [(wall(9), wall(12), "2")]
    assert [one[1:] for one in desk.visits()] == [(wall(9), wall(9, 30))]


def test_our_rows_follow_what_staff_do_there(desk: Desk, oscar: OscarWorld) -> None:
    jane = oscar.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133"])
    first, second, third, gone = (oscar.staff_book(wall(9 + n), 30, patient_id=jane) for n in range(4))
    desk.know(jane)
    desk.read()
    assert [(one, status) for one, status, _ in desk.ours()] == [
        (one, "booked") for one in (first, second, third, gone)
    ]
    ids = desk.clinic.all("SELECT id FROM appointments WHERE patient_id IS NOT NULL ORDER BY id")

    oscar.staff_move(first, wall(10))  # they change places
    oscar.staff_move(second, wall(9))
    oscar.staff_cancel(third)
    del oscar.app.inner.clinic.appointments[int(gone)]
    desk.read()

    assert desk.ours() == [
        (first, "booked", wall(10)),
        (second, "booked", wall(9)),
        (third, "cancelled", wall(11)),
        (gone, "cancelled", wall(12)),
    ]
    assert desk.clinic.all("SELECT id FROM appointments WHERE patient_id IS NOT NULL ORDER BY id") == ids
    assert desk.notices() == []


def test_a_visit_that_was_asked_for_and_is_there_is_booked(desk: Desk, oscar: OscarWorld) -> None:
    jane = oscar.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133"])
    desk.read()
    desk.know(jane)
    appointment, marker = desk.doubt(jane, wall(9), asked_s_ago=30)
    there = oscar.staff_book(wall(9), 30, patient_id=jane)
    oscar.app.inner.clinic.appointments[int(there)]["remarks"] = f"frontdesk:{marker}"

    desk.read()

    assert desk.ours() == [(there, "booked", wall(9))]
    assert desk.notices() == [("emr_unsure", "booked", appointment)]
    with clinic_transaction(UUID(desk.clinic.org_id), time.monotonic() + 5) as db:
        [notice] = inbox.page(db, before=None, limit=9, unread=True).notices
    assert notice.title.startswith("A caller was not told for sure: it is booked")


@pytest.mark.parametrize(("asked_s_ago", "status"), [(30, "pending"), (90, "cancelled")])
def test_a_visit_that_was_asked_for_and_is_not_there_is_given_up_after_a_minute(
    desk: Desk, oscar: OscarWorld, asked_s_ago: float, status: str
) -> None:
    jane = oscar.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133"])
    desk.read()
    desk.know(jane)
    appointment, _ = desk.doubt(jane, wall(9), asked_s_ago=asked_s_ago)

    desk.read()

    found = desk.clinic.all("SELECT status FROM appointments WHERE id = %s", appointment)
    assert found == [(status,)]
    told = [("emr_unsure", "not_booked", appointment)] if status == "cancelled" else []
    assert desk.notices() == told


def test_a_visit_in_doubt_that_staff_took_to_somebody_else_is_found_there(
    desk: Desk, oscar: OscarWorld
) -> None:
    oscar.told("PUT", "provider", {"providerNo": "102", "firstName": "Ada", "lastName": "Roe"})
    jane = oscar.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133"])
    desk.know(jane)
    link_chen(desk)
    appointment, marker = desk.doubt(jane, wall(9), asked_s_ago=90)
    there = oscar.staff_book(wall(9), 30, patient_id=jane)
    oscar.app.inner.clinic.appointments[int(there)] |= {
        "remarks": f"frontdesk:{marker}",
        "providerNo": "102",
    }

    desk.read()

    assert desk.ours() == [(there, "booked", wall(9))]
    assert desk.notices() == [("emr_unsure", "booked", appointment)]


@pytest.mark.parametrize(("asked_s_ago", "status"), [(90, "pending"), (16 * 60, "cancelled")])
def test_a_visit_in_doubt_is_not_given_up_while_it_may_be_in_a_diary_that_cant_be_read(
    desk: Desk, oscar: OscarWorld, monkeypatch: pytest.MonkeyPatch, asked_s_ago: float, status: str
) -> None:
    oscar.told("PUT", "provider", {"providerNo": "102", "firstName": "Ada", "lastName": "Roe"})
    jane = oscar.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133"])
    desk.know(jane)
    link_chen(desk)
    desk.doubt(jane, wall(9), asked_s_ago=asked_s_ago)
    read = oscar.app.inner.clinic.of_day_range

    def fails(provider: str, *days: Any) -> Any:
        if provider == "102":
            raise Fault("NullPointerException")
        return read(provider, *days)

    monkeypatch.setattr(oscar.app.inner.clinic, "of_day_range", fails)

    desk.read()

    assert desk.clinic.all("SELECT status FROM appointments WHERE patient_id IS NOT NULL") == [(status,)]


def test_of_two_at_one_time_the_second_has_its_row_once_the_first_is_gone(
    desk: Desk, oscar: OscarWorld
) -> None:
    jane = oscar.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133"])
    first, second = (oscar.staff_book(wall(9), 30, patient_id=jane) for _ in range(2))
    desk.know(jane)
    desk.read()
    assert desk.ours() == [(first, "booked", wall(9))]
    assert [one for one, *_ in desk.visits()] == [first, second]

    oscar.staff_cancel(first)
    desk.read()

    assert desk.ours() == [(first, "cancelled", wall(9)), (second, "booked", wall(9))]


def test_codes_that_the_clinic_did_not_name_are_not_bookable_and_who_has_no_schedule_has_no_time(
    desk: Desk, oscar: OscarWorld
) -> None:
    oscar.days(template(at09="22Z?2"), TOMORROW)
    oscar.told("PUT", "provider", {"providerNo": "102", "firstName": "Ada", "lastName": "Roe"})

    desk.read()

    found = desk.clinic.all(
        "SELECT e.emr_id, o.starts_at, o.ends_at FROM emr_providers e LEFT JOIN"
        " emr_openings o ON o.provider_id = e.provider_id ORDER BY 1, 2"
    )
    assert found == [("101", wall(9), wall(9, 30)), ("101", wall(10), wall(10, 15)), ("102", None, None)]


def test_a_day_on_which_the_clocks_change_is_read_whole(desk: Desk, oscar: OscarWorld) -> None:
    toronto, day = zone("America/Toronto"), date(2027, 3, 14)
    desk.clinic.do("UPDATE organizations SET time_zone = 'America/Toronto' WHERE id = %s", desk.clinic.org_id)
    desk.emr = oscar.another(time_zone="America/Toronto")
    oscar.days(template(at01="2" * 16), day)
    nine, late = (at(day, clock(hour), toronto) for hour in (9, 23))
    oscar.type_in(start="2027-03-14T09:00", minutes=30)
    oscar.type_in(start="2027-03-14T23:00", minutes=30)

    desk.read(now=at(day - timedelta(days=1), clock(12), toronto))

    assert [start for _, start, _ in desk.visits()] == [nine, late]
    opened = desk.clinic.all("SELECT starts_at, ends_at FROM emr_openings")
    assert opened == [(at(day, clock(1), toronto), at(day, clock(5), toronto))]  # an hour of it isn't


def test_what_is_known_stays_while_the_emr_is_down(desk: Desk, oscar: OscarWorld) -> None:
    oscar.staff_book(wall(9), 30)
    desk.read()
    oscar.told("PUT", "provider", {"providerNo": "102", "firstName": "Ada", "lastName": "Roe"})
    known = desk.visits()
    oscar.be_down()

    for _ in range(4):
        desk.clinic.do("UPDATE emr_connections SET failures = 0, retry_at = NULL")
        desk.read()

    assert desk.visits() == known
    [state] = desk.clinic.all(
        "SELECT sync_failure, sync_failures, syncing_until, due_at > now() + interval '90 seconds',"
        " synced_at IS NOT NULL FROM emr_connections"
    )
    assert state == ("ProviderFailed", 4, None, True, True)
    oscar.faults()
    desk.read()
    assert desk.clinic.all("SELECT sync_failure, sync_failures FROM emr_connections") == [(None, 0)]


def test_an_emr_whose_breaker_is_open_is_not_asked(desk: Desk, oscar: OscarWorld) -> None:
    desk.clinic.do("UPDATE emr_connections SET failures = 3, retry_at = now() + interval '1 minute'")
    oscar.asked()

    desk.read()

    assert oscar.asked() == []
    assert desk.clinic.all("SELECT sync_failure, syncing_until FROM emr_connections") == [("Away", None)]


def test_the_clinic_is_told_once_that_we_are_not_let_in(desk: Desk, oscar: OscarWorld) -> None:
    desk.read()
    good, desk.emr = desk.emr, oscar.another(password="another")

    desk.read()
    desk.read()
    assert [kind for kind, *_ in desk.notices()] == ["emr_disconnected"]

    desk.emr = good
    desk.read()
    desk.emr = oscar.another(password="another")
    desk.read()
    assert [kind for kind, *_ in desk.notices()] == ["emr_disconnected"] * 2


def test_somebody_who_is_at_it_is_left_alone(desk: Desk, oscar: OscarWorld) -> None:
    desk.clinic.do("UPDATE emr_connections SET syncing_until = now() + interval '1 minute'")
    oscar.asked()

    desk.read()

    assert oscar.asked() == []


def test_every_number_is_known_and_nobodys_who_died(desk: Desk, oscar: OscarWorld) -> None:
    for nth in range(1000):
        oscar.app.inner.clinic.add_chart({"lastName": f"DOE{nth}", "firstName": "JO", "phone": ""})
    john = oscar.chart("Doe", "John", date(1990, 1, 15), phones=["604-555-0123", "(604) 555-0124"])
    twin = oscar.chart("Doe", "Jim", date(1990, 1, 15), phones=["604.555.0123"])
    oscar.chart("Doe", "Jack", date(1920, 1, 15), phones=["604-555-0123"], is_active=False)

    desk.read()

    def index() -> list[Any]:
        return desk.clinic.all("SELECT phone, emr_id FROM emr_phones ORDER BY phone, emr_id::int")

    assert index() == [("+16045550123", john), ("+16045550123", twin), ("+16045550124", john)]
    [[read_at]] = desk.clinic.all("SELECT charts_read_at FROM emr_connections")

    del oscar.app.inner.clinic.charts[int(twin)]
    desk.read()
    assert len(index()) == 3  # not by day
    night = read_at.astimezone(ZONE).date() + timedelta(days=1)
    desk.read(now=wall(3, day=night))
    assert index() == [("+16045550123", john), ("+16045550124", john)]


def test_an_emr_is_due_a_minute_later_or_when_its_reader_died(desk: Desk) -> None:
    def found() -> list[Any]:
        with directory_transaction(time.monotonic() + 5) as db:
            return [str(one.org_id) for one in due.emrs(db)]

    assert found() == [desk.clinic.org_id]
    desk.read()
    assert found() == []
    [[in_s]] = desk.clinic.all("SELECT extract(epoch FROM due_at - now())::float8 FROM emr_connections")
    assert 45 < in_s < 70

    desk.clinic.do("UPDATE emr_connections SET syncing_until = now() - interval '1 second'")
    assert found() == [desk.clinic.org_id]


def test_a_time_that_staff_free_is_kept_for_who_waits(desk: Desk, oscar: OscarWorld) -> None:
    jane = oscar.chart("Doe", "Jane", date(1980, 1, 1), phones=["604-555-0133"])
    visit = oscar.staff_book(wall(9), 30, patient_id=jane)
    desk.know(jane)
    desk.clinic.do("UPDATE organizations SET notice_min = 0 WHERE id = %s", desk.clinic.org_id)
    desk.read()
    desk.clinic.do(
        "INSERT INTO waitlist (org_id, first_name, last_name, name_key, phone)"
        " VALUES (%s, 'Ada', 'Roe', 'ada roe', '+16045550144')",
        desk.clinic.org_id,
    )

    oscar.staff_cancel(visit)
    desk.read()

    kept = desk.clinic.all("SELECT visit_start FROM appointments WHERE status = 'held'")
    assert kept == [(wall(9),)]
