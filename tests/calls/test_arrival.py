"""A call rings: who answers it, what they are told, and what the caller hears when nobody can."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from frontdesk import aws
from frontdesk.calls import arrival, entries, variables
from frontdesk.db import connection
from frontdesk.settings import settings
from tests.calls.conftest import STORE, Line
from tests.clinic import HARBOUR_NUMBER, JOHN, Clinic
from tests.conftest import Database
from tests.member import Member, token

AGENT: dict[str, Any] = {
    "name": "Front desk",
    "template": "squad",
    "languages": ["en", "zh"],
    "voice": "paul",
    "greeting": "Hello from the maple tree.",
    "instructions": "Parking is behind {{ the }} house.",
}


def save(maple: Clinic, *, at: str = "now()", assistant_id: str | None = None, **fields: object) -> None:
    agent = {"template": "squad", "voice": "sarah", "greeting": "", "instructions": "", **fields}
    maple.do(
        "INSERT INTO agents (id, org_id, name, template, languages, voice, greeting, instructions, model,"
        " temperature, updated_at, vapi_assistant_id)"
        f" VALUES (gen_random_uuid(), %s, 'A', %s, '{{en,zh}}', %s, %s, %s, 'gpt-4o', 0.3, {at}, %s)",
        *(maple.org_id, agent["template"], agent["voice"], agent["greeting"], agent["instructions"]),
        assistant_id,
    )


@pytest.fixture
def squad(line: Line) -> str:
    return line.push_squad()


@pytest.fixture
def broken(line: Line, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database is gone; nobody listens at its address."""
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/frontdesk")
    settings.cache_clear()
    connection.drop()
    yield
    connection.drop()


def lose_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/frontdesk")
    settings.cache_clear()
    connection.drop()


def test_the_called_clinics_squad_answers_and_is_told_of_the_clinic(line: Line, squad: str) -> None:
    answer = line.rings()

    assert answer.keys() == {"squadId", "squadOverrides"}
    assert answer["squadId"] == squad
    told = line.variables(answer)
    now = datetime.now(ZoneInfo("America/Vancouver"))
    assert told["clinicName"] == "Maple Clinic"
    assert told["timeZone"] == "America/Vancouver"
    assert told["today"] == now.date().isoformat()
    assert str(now.year) in told["localTime"]
    assert told["hours"] == "Monday to Friday, 9 AM to 12 noon and 1 PM to 5 PM; closed Saturday and Sunday"
    assert told["language"] == "en"
    assert told["isOpen"] in ("yes", "no")
    # It has no documents.
    assert told["knowledge"] == ""
    # One that is absent may be read aloud as its braces.
    assert told.keys() == {*variables.ALL} - {*variables.PURPOSE}


def test_another_number_is_another_clinic(line: Line, squad: str) -> None:
    line.number = HARBOUR_NUMBER

    assert line.variables(line.rings())["clinicName"] == "Harbour Clinic"


def test_the_call_is_written_down_once_with_who_rang(line: Line, squad: str, maple: Clinic) -> None:
    for _ in range(2):
        line.rings(call="call-7")

    assert maple.all("SELECT id, kind, caller_number, language, ended_at FROM calls") == [
        ("call-7", "inboundPhoneCall", JOHN, "en", None)
    ]
    assert maple.all("SELECT call_id, kind FROM call_events") == [("call-7", "answered")]
    # And the tools find the same call.
    maple.ask("get_clinic_info", call="call-7")
    assert maple.all("SELECT count(*) FROM calls") == [(1,)]


def test_the_agent_that_was_saved_last_decides(line: Line, squad: str, maple: Clinic) -> None:
    save(maple, at="now() - interval '1 hour'", template="assistant", assistant_id="assistant-1")
    save(maple, **AGENT)

    answer = line.rings()

    assert answer["squadId"] == squad
    assert answer["squadOverrides"]["voice"]["voiceId"] == "paul"
    told = line.variables(answer)
    assert told["greeting"] == "Hello from the maple tree."
    # Vapi might read a variable's own braces as Liquid.
    assert told["instructions"] == "Parking is behind  the }} house."

    save(maple, at="now() + interval '1 minute'", template="assistant", assistant_id="assistant-2")
    answer = line.rings()
    assert answer.keys() == {"assistantId", "assistantOverrides"}
    assert answer["assistantId"] == "assistant-2"
    assert answer["assistantOverrides"].keys() == {"variableValues"}


@pytest.mark.parametrize("voice", ["sarah", "jenny", "xiaoxiao"])
def test_a_voice_that_not_all_of_the_squad_can_speak_with_is_not_forced_on_it(
    line: Line, squad: str, maple: Clinic, voice: str
) -> None:
    save(maple, voice=voice)

    assert "voice" not in line.rings()["squadOverrides"]


def test_an_assistant_that_is_not_at_vapi_yet_or_deleted_is_the_squad(
    line: Line, squad: str, maple: Clinic
) -> None:
    save(maple, template="assistant")
    assert line.rings()["squadId"] == squad

    maple.do("UPDATE agents SET vapi_assistant_id = 'assistant-1', deleted_at = now()")
    assert line.rings()["squadId"] == squad


def test_the_squads_id_is_asked_of_vapi_once_and_then_known(line: Line, squad: str, maple: Clinic) -> None:
    line.rings()
    line.vapi.forget()

    assert line.rings()["squadId"] == squad
    assert line.vapi.requests() == []
    assert maple.all("SELECT name, vapi_id FROM vapi_squads") == [("frontdesk", squad)]


def test_without_a_squad_the_call_goes_to_where_people_answer_but_never_back_to_us(
    line: Line, maple: Clinic
) -> None:
    maple.do("DELETE FROM transfer_lines")
    # The clinic's own number is the one that was called.
    said = line.rings()["error"]
    assert "911" in said
    assert "九一一" in said

    maple.do("INSERT INTO transfer_lines (org_id, number) VALUES (%s, %s)", maple.org_id, "+16045550177")
    assert line.rings() == {"destination": {"type": "number", "number": "+16045550177"}}


def test_a_squad_that_vapi_does_not_tell_of_in_time_is_not_waited_for(line: Line, maple: Clinic) -> None:
    maple.do("DELETE FROM transfer_lines")
    line.vapi.faults({"path": "/squad", "latency_s": 3})

    assert "error" in line.rings()
    assert line.answered[-1] < 4


def test_a_line_that_is_not_set_up_says_so(line: Line, squad: str) -> None:
    line.number = "+16045550199"

    answer = line.rings()

    assert answer.keys() == {"error"}
    assert "isn't set up yet" in answer["error"]
    assert "911" in answer["error"]


def test_a_blocked_caller_hears_a_sentence_and_is_not_a_call_that_goes_on(
    line: Line, squad: str, maple: Clinic
) -> None:
    maple.do("INSERT INTO blocked_callers (org_id, number) VALUES (%s, %s)", maple.org_id, JOHN)

    assert line.rings(call="blocked-1").keys() == {"error"}

    assert maple.all("SELECT ended_reason, ended_at IS NOT NULL FROM calls") == [("blocked-caller", True)]
    assert maple.all("SELECT kind FROM call_events") == [("blocked",)]
    line.caller = "+16045550188"
    assert "squadId" in line.rings()
    # Of one clinic and no other.
    line.caller, line.number = JOHN, HARBOUR_NUMBER
    assert "squadId" in line.rings()


def test_outside_hours_the_agent_knows_it_or_a_message_says_the_hours(
    line: Line, squad: str, maple: Clinic
) -> None:
    maple.do("DELETE FROM working_hours WHERE provider_id <> 100")
    closed_day = "UPDATE working_hours SET weekday = %s WHERE starts = '09:00'"
    other = datetime.now(ZoneInfo("America/Vancouver")).isoweekday() % 7 + 1
    maple.do("DELETE FROM working_hours WHERE starts <> '09:00' OR weekday <> 1")
    maple.do(closed_day, other)

    assert line.variables(line.rings())["isOpen"] == "no"

    maple.do("UPDATE organizations SET after_hours = 'message', languages = '{zh,en}'")
    answer = line.rings(call="late-1")
    assert answer.keys() == {"error"}
    assert answer["error"].startswith("如有紧急医疗情况，请挂断电话，拨打九一一。")
    assert "Our hours are: " in answer["error"]
    assert maple.all("SELECT ended_reason FROM calls WHERE id = 'late-1'") == [("outside-hours",)]

    # Time off closes, dates of their own open: all day today, from one midnight to the next.
    now = datetime.now(ZoneInfo("America/Vancouver"))
    maple.do(
        "INSERT INTO date_hours (org_id, provider_id, day, starts, ends)"
        " VALUES (%s, 101, %s, '00:00', '00:00')",
        *(maple.org_id, now.date()),
    )
    assert line.variables(line.rings())["isOpen"] == "yes"
    maple.do(
        "INSERT INTO time_off (org_id, starts_at, ends_at)"
        " VALUES (%s, now() - interval '1 hour', now() + interval '1 hour')",
        maple.org_id,
    )
    assert line.rings().keys() == {"error"}


def test_a_clinic_without_any_hours_is_not_called_closed(line: Line, squad: str, maple: Clinic) -> None:
    maple.do("DELETE FROM working_hours")
    maple.do("UPDATE organizations SET after_hours = 'message'")

    assert line.variables(line.rings())["isOpen"] == "unknown"


def test_a_remembered_caller_is_greeted_in_their_language(line: Line, squad: str, maple: Clinic) -> None:
    remembered = (
        "INSERT INTO caller_memories (org_id, caller_number, language, expires_at) VALUES (%s, %s, 'zh', %s)"
    )
    maple.do(remembered, maple.org_id, JOHN, "2100-01-01")

    told = line.variables(line.rings())
    assert told["language"] == "zh"
    assert "星期一到星期五" in told["hours"]
    assert "年" in told["localTime"]
    assert told["callerMemory"] == "An earlier caller from this number spoke Mandarin."

    maple.do("UPDATE caller_memories SET expires_at = now() - interval '1 second'")
    assert line.variables(line.rings())["language"] == "en"
    maple.do("UPDATE caller_memories SET expires_at = '2100-01-01'")
    maple.do("UPDATE organizations SET languages = '{en}'")
    assert line.variables(line.rings())["language"] == "en"


def test_the_networks_name_of_a_caller_is_a_hint_and_kept_nowhere(
    line: Line, squad: str, maple: Clinic, printed: pytest.CaptureFixture[str]
) -> None:
    customer = {"number": JOHN, "name": "QUINCY {{ALDERTON}} " + "x" * 60}

    told = line.variables(line.rings(customer=customer))

    assert told["callerNameHint"].startswith("QUINCY ALDERTON")
    assert len(told["callerNameHint"]) <= 40
    assert "ALDERTON" not in printed.readouterr().out
    for table in ("calls", "call_events", "audit_log", "caller_memories"):
        assert "ALDERTON" not in str(maple.all(f"SELECT to_jsonb(t) FROM {table} t"))


@pytest.mark.parametrize(
    "missing", ["call", "customer", "phoneNumber", "timestamp", "call customer phoneNumber"]
)
def test_whatever_is_missing_the_answer_is_one_that_vapi_can_use(
    line: Line, squad: str, missing: str
) -> None:
    message = line.message("assistant-request")
    for name in missing.split():
        del message[name]

    status, answer = line.post({"message": message})

    assert status == 200
    assert answer.keys() <= {"squadId", "squadOverrides", "error"}
    assert ("error" in answer) == ("phoneNumber" in missing)


@pytest.mark.parametrize(
    "wrong", [[], "x", 7, {"number": ["+1"]}, {"number": "\ud800"}, {"number": "x" * 9000}]
)
def test_nor_does_anything_wrong_in_it_leave_a_caller_without_a_voice(
    line: Line, squad: str, wrong: object
) -> None:
    for name in ("call", "customer", "phoneNumber"):
        status, answer = line.tell("assistant-request", **{name: wrong})
        assert status == 200
        assert answer.keys() in ({"error"}, {"squadId", "squadOverrides"})


def test_the_answer_takes_one_round_trip(line: Line, squad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line.rings()
    trips: list[str] = []
    ended, execute = psycopg.Pipeline.__exit__, psycopg.Cursor.execute

    def counted(self: psycopg.Pipeline, *error: Any) -> None:
        trips.append("pipeline")
        ended(self, *error)

    def seen(self: psycopg.Cursor[Any], *asked: Any, **how: Any) -> psycopg.Cursor[Any]:
        if self.connection._pipeline is None:  # pyright: ignore[reportPrivateUsage] - nothing else tells
            trips.append("alone")
        return execute(self, *asked, **how)

    monkeypatch.setattr(psycopg.Pipeline, "__exit__", counted)
    monkeypatch.setattr(psycopg.Cursor, "execute", seen)
    line.rings()

    assert trips == ["pipeline"]


def test_it_is_quick(line: Line, squad: str) -> None:
    for _ in range(3):
        line.rings()
    took = sorted(line.answered[-1] for _ in range(40) if line.rings())

    assert took[len(took) // 2] < 0.1


# --- Without the database


def test_with_the_database_gone_a_call_is_answered_by_what_this_process_saw(
    line: Line, squad: str, maple: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(maple, **AGENT)
    before = line.rings()
    lose_the_database(monkeypatch)

    after = line.rings()

    assert line.answered[-1] < 1
    assert after["squadId"] == squad
    assert after["squadOverrides"]["voice"] == before["squadOverrides"]["voice"]
    told = line.variables(after)
    assert told.keys() == line.variables(before).keys()
    assert told["isOpen"] == "unknown"
    same = ("clinicName", "clinicNameZh", "timeZone", "hours", "greeting", "instructions", "today")
    assert [told[name] for name in same] == [line.variables(before)[name] for name in same]


def test_another_process_answers_by_the_stores_copy(
    line: Line, squad: str, maple: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.rings()
    entries.keep(maple.org_id, time.monotonic() + 5)  # pyright: ignore[reportArgumentType]
    entries.forget()
    lose_the_database(monkeypatch)

    assert line.rings()["squadId"] == squad
    # From then on it needs the store no more.
    aws.client("s3").delete_object(Bucket=STORE, Key="entries/16045550100.json")
    assert line.rings()["squadId"] == squad


def test_an_old_copy_of_its_own_is_better_than_none(
    line: Line, squad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.rings()
    monkeypatch.setattr(entries, "FRESH_S", -1)
    lose_the_database(monkeypatch)

    assert line.rings()["squadId"] == squad


@pytest.mark.usefixtures("broken")
def test_without_any_copy_both_languages_say_so_and_what_to_do_in_an_emergency(line: Line) -> None:
    answer = line.rings()

    assert answer.keys() == {"error"}
    assert answer["error"].startswith("If this is a medical emergency, please hang up and call 911.")
    assert "九一一" in answer["error"]


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'{"called": "+1"}', b"\xff" * 99])
def test_a_copy_that_can_not_be_read_is_no_copy(line: Line, body: bytes) -> None:
    aws.client("s3").put_object(Bucket=STORE, Key="entries/16045550100.json", Body=body)

    assert line.rings().keys() == {"error"}


@pytest.mark.usefixtures("broken")
def test_a_store_that_is_gone_too_is_not_waited_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_STORE", "there-is-no-such-bucket")
    settings.cache_clear()

    assert line.rings().keys() == {"error"}
    assert line.answered[-1] < 3


def test_a_database_that_is_frozen_is_given_up_in_time(
    line: Line, squad: str, maple: Clinic, database: Database
) -> None:
    line.rings(call="frozen-1")
    with psycopg.connect(database.owner_url) as owner:
        # Somebody holds the row that the answer must write.
        owner.execute("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
        answer = line.rings()

    assert answer["squadId"] == squad
    assert line.answered[-1] < arrival.DATABASE_S + 1


def test_a_connection_that_died_between_calls_is_no_outage(
    line: Line, squad: str, maple: Clinic, superuser_url: str, database: Database
) -> None:
    line.rings(call="before")
    name = conninfo_to_dict(database.owner_url)["dbname"]
    with psycopg.connect(make_conninfo(superuser_url, dbname=name), autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'frontdesk_app' AND datname = current_database()"
        )

    told = line.variables(line.rings(call="after"))

    assert told["isOpen"] != "unknown"
    assert maple.all("SELECT id FROM calls ORDER BY id") == [("after",), ("before",)]


def test_a_clinic_forwards_by_its_copy_when_no_squad_is_known(
    line: Line, maple: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    maple.do("DELETE FROM transfer_lines")
    maple.do("UPDATE organizations SET phone_number = '+16045550166'")
    assert line.rings() == {"destination": {"type": "number", "number": "+16045550166"}}
    lose_the_database(monkeypatch)

    assert line.rings() == {"destination": {"type": "number", "number": "+16045550166"}}


# --- Blocking callers, and settings


def test_a_member_blocks_and_unblocks_a_caller(line: Line, squad: str, maple: Clinic) -> None:
    admin, harbours = Member(token()), Member(token("00000000-0000-0000-0000-000000000000"))
    shown = admin.put("/blocked-callers/604-555-0123")
    assert (shown.status, shown.body["number"]) == (200, JOHN)
    assert admin.put(f"/blocked-callers/{JOHN}").body == shown.body
    assert admin.get("/blocked-callers").body == {"blockedCallers": [shown.body]}
    assert harbours.get("/blocked-callers").status == 403
    assert line.rings().keys() == {"error"}

    assert admin.delete(f"/blocked-callers/{JOHN}").status == 200
    assert "squadId" in line.rings()
    assert admin.get(f"/blocked-callers/{JOHN}").status == 404
    assert admin.put("/blocked-callers/nobody").status == 400
    noted = maple.all("SELECT action FROM audit_log WHERE action LIKE 'caller.%%' ORDER BY id")
    assert noted == [("caller.blocked",), ("caller.unblocked",)]

    maple.lower_the_owner("viewer")
    assert admin.put(f"/blocked-callers/{JOHN}").status == 403


def test_what_happens_outside_hours_is_the_clinics_to_say(maple: Clinic, line: Line) -> None:
    admin = Member(token())

    assert admin.get("/organization").body["afterHours"] == "agent"
    assert admin.patch("/organization", {"afterHours": "message"}).body["afterHours"] == "message"
    assert admin.patch("/organization", {"afterHours": "nobody"}).status == 422


def test_the_variables_are_json_that_vapi_takes(line: Line, squad: str) -> None:
    answer = line.rings()

    assert all(isinstance(value, str) for value in line.variables(answer).values())
    assert len(json.dumps(answer)) < 20_000
