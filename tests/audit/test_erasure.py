"""`frontdesk privacy`: a patient's whole record given out, and forgotten so that nothing finds them."""

import json
from collections.abc import Iterator
from typing import Any, cast

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from cli.main import app
from frontdesk.settings import settings
from functions.privacy.delete_elsewhere.handler import handler
from local import demo
from tests.clinic import JOHN, MEILING, Clinic, Context
from tests.conftest import Database
from tests.conversation import Conversation
from tests.member import Member, token
from tests.vapi_account import VapiAccount, vapi_account
from tests.walls.conftest import tables

MAPLE = Member(token(demo.MAPLE))
PHI = ("John", "Doe", "6045550123", "1990-01-15", "sore throat", "a private note", "knee", "john@example.com")


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account() as made:
        yield made


@pytest.fixture(autouse=True)
def vapi(account: VapiAccount, database: Database, monkeypatch: pytest.MonkeyPatch) -> VapiAccount:
    for name, value in (
        ("FRONTDESK_VAPI_API_URL", account.url),
        ("FRONTDESK_VAPI_PRIVATE_KEY", account.key),
        ("VAPI_BASE_URL", account.url),
        ("VAPI_PRIVATE_KEY", account.key),
    ):
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    account.faults()
    account.forget()
    return account


def privacy(verb: str, patient: int, *options: str) -> Result:
    return CliRunner().invoke(
        app, ["privacy", verb, "--org", demo.MAPLE, "--patient", str(patient), *options]
    )


def erased(patient: int) -> dict[str, Any]:
    result = privacy("erase", patient, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def known(clinic: Clinic) -> int:
    """John's id, after calls that left something of him in every table."""
    john = clinic.book()["appointmentId"] and clinic.prove_john()
    clinic.do("UPDATE patients SET email = 'john@example.com', address = '1 knee St' WHERE id = %s", john)
    clinic.ask("transfer_call", reason="billing", notes="a private note")
    clinic.ask("add_to_waitlist", firstName="John", lastName="Doe", phone=JOHN, notes="a private note")
    clinic.ask("find_earliest_appointment", call="call-2")
    for table, values in (
        (
            "transcripts (org_id, call_id, place, role, said_at, text)",
            "'call-1', 0, 'caller', now(), 'my knee'",
        ),
        (
            "call_originals (org_id, call_id, object_name, expires_at)",
            "'call-1', 'originals/1', now() + interval '1 day'",
        ),
        (
            "caller_memories (org_id, caller_number, language, expires_at)",
            "'+16045550123', 'en', now() + interval '1 day'",
        ),
        (
            (
                "text_messages (org_id, call_id, patient_id, appointment_id, language, visit_start,"
                " visit_status)"
            ),
            f"'call-2', {john}, 1, 'en', now(), 'booked'",
        ),
        ("communications (org_id, kind, patient_id)", f"'declined', {john}"),
        (
            "calendar_events (org_id, appointment_id)",
            f"(SELECT min(id) FROM appointments WHERE patient_id = {john})",
        ),
        ("memory_refusals (org_id, patient_id)", f"{john}"),
        (
            "outbound_calls (org_id, purpose, key, number, patient_id, not_before, expires_at, next_at)",
            f"'recall', 'recall:1', '{JOHN}', {john}, now(), now() + interval '1 day', now()",
        ),
        (
            "outbound_attempts (org_id, item_id, attempt, asked_since, vapi_call_id)",
            "(SELECT max(id) FROM outbound_calls), 1, now(), 'call-3'",
        ),
    ):
        clinic.do(f"INSERT INTO {table} VALUES (%s, {values})", clinic.org_id)
    return john


def everything(database: Database) -> str:
    """Every row of Maple's, as text."""
    maple = Clinic(database.owner_url)
    return "\n".join(
        row
        for table in tables(database.owner_url)
        for (row,) in maple.all(
            sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier(table)).as_string()
        )
    )


def objects(found: object) -> list[dict[str, Any]]:
    """Every object of a document, however deep."""
    if isinstance(found, list):
        return [one for each in cast("list[object]", found) for one in objects(each)]
    if not isinstance(found, dict):
        return []
    fields = cast("dict[str, Any]", found)
    return [fields, *objects(list(fields.values()))]


def test_nothing_that_names_the_patient_is_left_in_any_table(database: Database, clinic: Clinic) -> None:
    john = known(clinic)
    before = everything(database)
    assert [word for word in PHI if word not in before] == []

    report = erased(john)

    after = everything(database)
    assert [word for word in PHI if word in after] == []
    assert report["deleted"] == {
        "visitsCancelled": 1,
        "calendarEvents": 1,
        "visitsBlanked": 1,
        "holds": 1,
        "waitlist": 1,
        "callerMemories": 1,
        "memoryRefusals": 1,
        "textMessages": 1,
        "communications": 1,
        "outboundCalls": 1,
        "chartLinks": 0,
        "nameKeys": report["deleted"]["nameKeys"],
        "calls": 2,
        "patient": 1,
    }
    assert report["deleted"]["nameKeys"] > 3
    assert set(report["kept"]) == {"patient", "visits", "audit", "sharedCalls", "wishes", "backups"}


def test_neither_a_caller_nor_a_member_finds_them_any_more(clinic: Clinic) -> None:
    john = known(clinic)
    erased(john)

    found = clinic.ask("search_patient_by_phone", call="later", phone=JOHN, dateOfBirth="1990-01-15")
    assert found["found"] is False
    assert clinic.ask("search_patient", call="later", name="John Doe")["found"] is False
    assert MAPLE.get("/patients", phone=JOHN).body["patients"] == []
    assert MAPLE.get("/patients", name="John Doe").body["patients"] == []
    for phone, born in (("+10000000", "0001-01-01"), ("10000000", "0001-01-01")):
        answer = clinic.asked("search_patient_by_phone", {"phone": phone, "dateOfBirth": born}, call="later")
        assert '\\"found\\": true' not in json.dumps(answer)
    shown = MAPLE.get(f"/patients/{john}").body
    assert (shown["firstName"], shown["birthDate"], shown["phone"]) == ("-", "0001-01-01", "+10000000")


def test_the_audit_log_says_who_it_was_and_stays_whole(clinic: Clinic) -> None:
    john = known(clinic)
    entries = "SELECT count(*) FROM audit_log WHERE patient_id = %s AND action = 'get_patient'"
    clinic.ask("get_patient")

    erased(john)

    assert clinic.all(entries, john) == [(1,)]
    assert clinic.all(
        "SELECT actor_kind, actor, source FROM audit_log WHERE action = 'patient.erased' AND patient_id = %s",
        john,
    ) == [("system", "frontdesk", "cli")]


def test_vapi_is_asked_to_delete_its_copy_and_asked_again_when_it_does_not(
    clinic: Clinic, vapi: VapiAccount
) -> None:
    john = known(clinic)
    vapi.faults({"method": "DELETE", "status": 500})

    report = erased(john)

    of_vapi = [one for one in report["elsewhere"] if one["kind"] == "vapi_call"]
    assert sorted((one["name"], one["doneAt"]) for one in of_vapi) == [
        (call, None) for call in ("call-1", "call-2", "call-3")
    ]
    assert all("500" in one["failure"] for one in of_vapi)
    assert handler({}, Context(50)) == {"deleted": 0, "refused": 4, "failed": 0}

    vapi.faults()
    vapi.forget()
    assert handler({}, Context(50))["deleted"] == 3
    assert sorted(one["path"] for one in vapi.writes()) == [f"/call/call-{n}" for n in (1, 2, 3)]
    assert clinic.all("SELECT DISTINCT failure FROM deletions WHERE done_at IS NOT NULL") == [(None,)]
    vapi.forget()
    handler({}, Context(50))
    assert vapi.writes() == [], "once is enough"


def test_a_late_report_of_an_erased_call_brings_nothing_back_and_has_vapi_asked_again(
    database: Database, clinic: Clinic, vapi: VapiAccount
) -> None:
    john = known(clinic)
    item = clinic.all("SELECT id FROM outbound_calls")[0][0]
    erased(john)
    handler({}, Context(50))
    vapi.forget()
    marks = {"orgId": clinic.org_id, "outboundCallId": str(item), "attempt": 2}
    # The last one was asked for while the patient was erased: nobody knew its id then.
    for talk in [Conversation(clinic, call=f"call-{n}") for n in (1, 3, 4)]:
        talk.said("user", "I'm John Doe, and my knee hurts.")
        report = talk.report()
        talk.tell(report | {"call": report["call"] | ({"metadata": marks} if talk.call == "call-4" else {})})

    assert clinic.all("SELECT id FROM calls") == []
    after = everything(database)
    assert [word for word in PHI if word in after] == []
    handler({}, Context(50))
    assert sorted(one["path"] for one in vapi.writes()) == [f"/call/call-{n}" for n in (1, 3, 4)]


def test_a_calls_id_is_no_path(clinic: Clinic, vapi: VapiAccount) -> None:
    assistant = vapi.create("assistant", {"name": "Desk"})
    clinic.do(
        "INSERT INTO deletions (org_id, kind, name) VALUES (%s, 'vapi_call', %s)",
        *(clinic.org_id, f"../assistant/{assistant['id']}"),
    )

    handler({}, Context(50))

    assert [one["id"] for one in vapi.all("assistant")] == [assistant["id"]]


def test_a_call_that_was_about_somebody_else_too_stays_without_its_answers(clinic: Clinic) -> None:
    john = known(clinic)
    clinic.ask("search_patient_by_phone", phone=MEILING, dateOfBirth="1985-07-02")
    clinic.do(
        "UPDATE calls SET recording_object = 'recordings/1', recording_url = 'https://x.example/1'"
        " WHERE id = 'call-1'"
    )

    report = erased(john)

    assert report["sharedCalls"] == ["call-1"]
    assert {(one["kind"], one["name"]) for one in report["elsewhere"]} == {
        *(("vapi_call", f"call-{n}") for n in (1, 2, 3)),
        *(("object", f"{kind}/1") for kind in ("originals", "recordings")),
    }
    assert clinic.all("SELECT FROM call_originals") == []
    assert clinic.all("SELECT recording_object, recording_url FROM calls") == [(None, None)]
    assert clinic.all("SELECT text FROM transcripts") == [("my knee",)]
    assert clinic.all("SELECT notes FROM transfers") == [("",)]
    assert clinic.all("SELECT FROM tool_calls WHERE result IS NOT NULL") == []

    late = Conversation(clinic, call="call-1")
    late.said("user", "I'm John Doe, and my knee hurts.")
    late.tell(late.report())
    assert clinic.all("SELECT text FROM transcripts") == [("my knee",)], "neither gone nor written anew"


def test_under_a_legal_hold_what_was_asked_before_stays_elsewhere_too(
    clinic: Clinic, harbour: Clinic, vapi: VapiAccount
) -> None:
    for one in (clinic, harbour):
        one.do(
            "INSERT INTO deletions (org_id, kind, name) VALUES (%s, 'vapi_call', %s)", one.org_id, "call-1"
        )
    clinic.do("UPDATE organizations SET legal_hold = true")

    assert handler({}, Context(50))["deleted"] == 1
    clinic.do("UPDATE organizations SET legal_hold = false")
    assert handler({}, Context(50))["deleted"] == 1


def test_what_comes_into_being_a_second_time_is_deleted_a_second_time(
    clinic: Clinic, vapi: VapiAccount
) -> None:
    clinic.do(
        "INSERT INTO deletions (org_id, kind, name, done_at) VALUES (%s, 'object', 'originals/1', now())",
        clinic.org_id,
    )
    john = known(clinic)

    erased(john)

    asked = clinic.all("SELECT name FROM deletions WHERE kind = 'object' AND done_at IS NULL")
    assert asked == [("originals/1",)]


def test_who_shares_the_telephone_keeps_what_is_theirs(clinic: Clinic) -> None:
    john = known(clinic)
    other = MAPLE.post(
        "/patients",
        {"firstName": "Joan", "lastName": "Doe", "birthDate": "1992-02-02", "phone": JOHN},
    ).body["id"]

    erased(john)

    assert clinic.all("SELECT first_name, phone FROM patients WHERE id = %s", other) == [("Joan", JOHN)]
    assert clinic.all("SELECT FROM calls WHERE id = 'call-2'") == [()], "nobody proved whose it was"
    assert clinic.all("SELECT count(*) FROM caller_memories") == [(1,)]


def test_a_legal_hold_refuses(clinic: Clinic) -> None:
    john = known(clinic)
    clinic.do("UPDATE organizations SET legal_hold = true")

    result = privacy("erase", john)

    assert result.exit_code == 2
    assert "legal hold" in result.stderr
    assert clinic.all("SELECT first_name FROM patients WHERE id = %s", john) == [("John",)]


def test_a_second_time_does_no_harm_and_another_clinics_patient_is_nobody(
    clinic: Clinic, harbour: Clinic
) -> None:
    john = known(clinic)
    erased(john)
    jane = harbour.all("SELECT min(id) FROM patients")[0][0]

    assert sum(erased(john)["deleted"].values()) == 1, "a row that is blank is blanked again"
    result = privacy("erase", jane)
    assert result.exit_code == 2
    assert harbour.all("SELECT first_name FROM patients WHERE id = %s", jane) == [("Jane",)]


def test_an_export_has_every_row_that_names_the_patient_and_says_so(clinic: Clinic) -> None:
    john = known(clinic)

    result = privacy("export", john)

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["patient"]["first_name"], found["patient"]["birth_date"]) == ("John", "1990-01-15")
    assert [one["reason"] for one in found["appointments"]] == ["sore throat"]
    assert [call["id"] for call in found["calls"]] == ["call-1", "call-2"]
    assert found["calls"][0]["transcript"][0]["text"] == "my knee"
    assert found["calls"][0]["original"]["object_name"] == "originals/1"
    assert [one["notes"] for one in found["waitlist"]] == ["a private note"]
    for one in ("callerMemories", "memoryRefusals", "textMessages", "communications", "outboundCalls"):
        assert len(found[one]) == 1, one
    assert found["outboundCalls"][0]["tries"][0]["vapi_call_id"] == "call-3"
    assert {entry["action"] for entry in found["audit"]} >= {"create_appointment", "patient.exported"}
    assert "2  calls" in result.stderr
    assert "Jane" not in result.stdout
    assert clinic.all("SELECT source FROM audit_log WHERE action = 'patient.exported'") == [("cli",)]


def test_an_export_has_the_patients_rows_of_every_table_that_has_any(
    database: Database, clinic: Clinic
) -> None:
    john = known(clinic)
    clinic.do("UPDATE waitlist SET patient_id = %s", john)
    clinic.do("UPDATE caller_memories SET patient_id = %s", john)
    clinic.do(
        "INSERT INTO notifications (org_id, kind, patient_id) VALUES (%s, 'moved', %s)", clinic.org_id, john
    )
    clinic.do(
        "INSERT INTO call_outcomes (org_id, call_id, outcome, language, patient_id)"
        " VALUES (%s, 'call-1', 'booked', 'en', %s)",
        *(clinic.org_id, john),
    )
    clinic.do("INSERT INTO emr_connections (org_id, server) VALUES (%s, '{}')", clinic.org_id)
    clinic.do(
        "INSERT INTO emr_patients (org_id, patient_id, emr_id) VALUES (%s, %s, '12')", clinic.org_id, john
    )
    with psycopg.connect(database.owner_url) as owner:
        columns = owner.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND column_name ~ 'patient_id$' AND table_name = ANY (%s) AND table_name <> 'deletions'",
            [tables(database.owner_url)],
        ).fetchall()
    assert len(columns) > 10

    found = json.loads(privacy("export", john).stdout)

    rows = objects(found)
    for table, column in columns:
        theirs = clinic.all(f"SELECT to_jsonb(t) - 'org_id' - 'xid' FROM {table} t WHERE {column} = %s", john)
        assert theirs, f"{table}: nothing of John's to look for"
        for (one,) in theirs:
            if table == "patient_name_keys":
                assert one["key"] in found["nameKeys"]
            else:
                for name in ("patient_ids", "call_id") if table in ("audit_log", "call_outcomes") else ():
                    one.pop(name, None)
                assert any(one.items() <= row.items() for row in rows), table


def test_of_a_shared_call_an_export_has_the_id_alone(clinic: Clinic) -> None:
    john = known(clinic)
    clinic.ask("search_patient_by_phone", phone=MEILING, dateOfBirth="1985-07-02")

    found = json.loads(privacy("export", john).stdout)

    assert found["sharedCalls"] == ["call-1"]
    assert [call["id"] for call in found["calls"]] == ["call-2"]
    assert "my knee" not in json.dumps(found)


def test_the_erased_persons_visits_stay_as_counts(database: Database, clinic: Clinic) -> None:
    john = known(clinic)
    clinic.do("UPDATE appointments SET status = 'fulfilled' WHERE status = 'booked'")

    assert erased(john)["deleted"]["visitsCancelled"] == 0

    assert clinic.all("SELECT status, reason, patient_id FROM appointments") == [("fulfilled", "", john)]
    with psycopg.connect(database.owner_url) as nobody:
        assert nobody.execute("SELECT FROM appointments").fetchall() == []
