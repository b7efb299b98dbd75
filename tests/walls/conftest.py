"""Two clinics with a row in every table, and a session as the functions' own role under any claims."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

from tests.clinic import Clinic
from tests.conftest import Database

WITHOUT_A_CLINIC: Final = {
    *("schema_migrations", "schema_objects"),
    *("tool_definitions", "vapi_tools", "leases", "vapi_squads"),
}
"""Tables that hold nobody's rows."""


@dataclass(frozen=True)
class Session:
    """The functions' role, under one clinic's claims or none."""

    connection: psycopg.Connection

    def all(self, query: str | sql.Composed, *values: Any) -> list[Any]:
        """The rows it sees."""
        return self.connection.execute(query.encode() if isinstance(query, str) else query, values).fetchall()

    def touched(self, statement: sql.Composed, *values: Any) -> int | str:
        """How many rows it changed, or the code of the refusal; undone either way."""
        try:
            with self.connection.transaction(force_rollback=True):
                return self.connection.execute(statement, values).rowcount
        except psycopg.Error as error:
            return error.sqlstate or ""


@contextmanager
def as_app(database: Database, claims: str | None) -> Generator[Session]:
    """A session of `frontdesk_app`; None leaves the claims unset, as on a new connection."""
    with psycopg.connect(database.app_url) as connection:
        if claims is not None:
            connection.execute("SELECT set_config('request.jwt.claims', %s, false)", [claims])
            connection.commit()
        yield Session(connection)


def claims_of(clinic: Clinic) -> str:
    return json.dumps({"app_metadata": {"org_id": clinic.org_id}})


def key_of(table: str) -> sql.Identifier:
    return sql.Identifier("id" if table == "organizations" else "org_id")


def tables(owner_url: str) -> list[str]:
    """Every table that holds clinics' rows, read from the catalogue; a log's months are part of the log."""
    with psycopg.connect(owner_url) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
        ).fetchall()
    return [name for (name,) in found if name not in WITHOUT_A_CLINIC]


_FIRST: Final = "(SELECT min(id) FROM {} WHERE org_id = o.id), "
_BOOKING_RULES: Final = tuple(
    f"INSERT INTO {table} SELECT o.id, {values} FROM organizations o WHERE o.id = %s"
    for table, values in (
        ("locations (org_id, name)", "'Annex'"),
        ("holidays (org_id, day, name)", "'2030-07-01', 'Canada Day'"),
        ("date_hours (org_id, provider_id, day)", _FIRST.format("providers") + "'2030-01-03'"),
        ("caps (org_id, period, most)", "'week', 1000"),
        (
            "provider_types (org_id, provider_id, type_id)",
            _FIRST.format("providers") + _FIRST.format("appointment_types").removesuffix(", "),
        ),
        ("communications (org_id, kind)", "'approved'"),
    )
)


_AGENTS: Final = tuple(
    f"INSERT INTO {table} SELECT o.id, {values} FROM organizations o WHERE o.id = %s"
    for table, values in (
        ("org_tools (org_id, tool_name, vapi_tool_id, definition_hash)", "'get_patient', 'tool-1', 'f00'"),
        (
            "agents (org_id, id, name, template, languages, voice, model, temperature)",
            "gen_random_uuid(), 'Front desk', 'squad', '{en}', 'sarah', 'gpt-4o', 0.3",
        ),
    )
)


_OF_THE_CALL: Final = "(SELECT min(id) FROM calls WHERE org_id = o.id), "
_CALLS: Final = tuple(
    f"INSERT INTO {table} SELECT o.id, {values} FROM organizations o WHERE o.id = %s"
    for table, values in (
        ("call_messages (org_id, call_id, type, content_hash)", f"{_OF_THE_CALL}'status-update', 'f00'"),
        (
            "transcripts (org_id, call_id, place, role, said_at, text)",
            f"{_OF_THE_CALL}0, 'caller', now(), 'Hi'",
        ),
        ("call_originals (org_id, call_id, object_name, expires_at)", f"{_OF_THE_CALL}'originals/1', now()"),
        ("call_events (org_id, call_id, at, kind)", f"{_OF_THE_CALL}now(), 'answered'"),
        (
            "caller_memories (org_id, caller_number, language, expires_at)",
            "o.phone_number, 'en', now() + interval '1 day'",
        ),
        ("notifications (org_id, kind)", "'booked'"),
        ("blocked_callers (org_id, number)", "o.phone_number"),
        ("entry_copies (org_id, e164)", "o.phone_number"),
        (
            "audit_seals (org_id, batch, from_xid, to_xid, n_rows, entries, previous_hash, hash, sealed_at)",
            "1, '0', '1', 0, '', '', 'f00', now()",
        ),
        ("deletions (org_id, kind, name)", "'object', 'originals/1'"),
        ("memory_refusals (org_id, caller_number)", "o.phone_number"),
        ("digests (org_id, day)", "'2026-03-02'"),
        (
            (
                "text_messages (org_id, call_id, patient_id, appointment_id, language, visit_start,"
                " visit_status)"
            ),
            f"{_OF_THE_CALL}{_FIRST.format('patients')}1, 'en', now(), 'booked'",
        ),
    )
)


_OF_THE_VERSION: Final = _FIRST.format("document_versions")
_OF_THE_CHUNK: Final = _OF_THE_VERSION + _FIRST.format("document_chunks")
_KNOWLEDGE: Final = tuple(
    f"INSERT INTO {table} SELECT o.id, {values} FROM organizations o WHERE o.id = %s"
    for table, values in (
        ("documents (org_id, name)", "'parking.md'"),
        ("document_versions (org_id, document_id)", _FIRST.format("documents").removesuffix(", ")),
        (
            (
                "document_chunks (org_id, document_id, version_id, place, heading, text, content_hash,"
                " is_suspicious)"
            ),
            _FIRST.format("documents") + _OF_THE_VERSION + "0, '', 'Behind the house.', 'f00', false",
        ),
        (
            "chunk_embeddings (org_id, version_id, chunk_id, model, embedding)",
            _OF_THE_CHUNK + "'a-model', array_fill(1, '{512}')::vector",
        ),
        ("chunk_terms (org_id, version_id, chunk_id, term, n)", _OF_THE_CHUNK + "'hous', 1"),
        ("knowledge_digests (org_id, language, text)", "'en', 'Park behind the house.'"),
    )
)


_CALENDARS: Final = tuple(
    f"INSERT INTO {table} SELECT o.id, {values} FROM organizations o WHERE o.id = %s"
    for table, values in (
        (
            "calendar_consents (org_id, id, vendor, member_id, verifier, expires_at)",
            "gen_random_uuid(), 'google', 'somebody', 'a-verifier', now()",
        ),
        (
            "calendar_connections (org_id, vendor, account, connected_by)",
            "'google', 'wei@clinic.example', 'somebody'",
        ),
        (
            "calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable)",
            _FIRST.format("calendar_connections") + "'a-calendar', 'Wei', true, true",
        ),
        (
            "calendar_busy (org_id, calendar_id, event_id, starts_at, ends_at)",
            _FIRST.format("calendars") + "'an-event', now(), now() + interval '1 hour'",
        ),
        (
            (
                "calendar_channels"
                " (org_id, connection_id, id, vendor, resource_id, secret_hash, renew_at, expires_at)"
            ),
            _FIRST.format("calendar_connections") + "'a-channel', 'google', 'it', '', now(), now()",
        ),
        (
            "calendar_events (org_id, for_calendar_id, appointment_id, due_since)",
            _FIRST.format("calendars") + "1, now()",
        ),
    )
)


_EMR: Final = (
    "UPDATE organizations SET emr = 'oscar' WHERE id = %s",
    *(
        f"INSERT INTO {table} SELECT o.id, {values} FROM organizations o WHERE o.id = %s"
        for table, values in (
            ("emr_connections (org_id, server)", "'{}'"),
            ("emr_providers (org_id, provider_id, emr_id)", _FIRST.format("providers") + "'1'"),
            (
                "emr_openings (org_id, provider_id, starts_at, ends_at, code)",
                _FIRST.format("providers") + "now(), now() + interval '1 hour', 'A'",
            ),
            ("emr_types (org_id, type_id)", "(SELECT min(id) FROM appointment_types WHERE org_id = o.id)"),
            (
                "emr_visits (org_id, provider_id, emr_id, starts_at, ends_at, status)",
                _FIRST.format("providers") + "'7', now(), now() + interval '1 hour', 'booked'",
            ),
            ("emr_patients (org_id, patient_id, emr_id)", _FIRST.format("patients") + "'12'"),
            ("emr_phones (org_id, phone, emr_id, read_at)", "'+16045550179', '12', now()"),
        )
    ),
)


def months(owner_url: str) -> list[str]:
    """The parts of the audit log."""
    with psycopg.connect(owner_url) as connection:
        found = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_log'::regclass"
            # Indexes have parts of their own.
            " AND inhrelid::regclass::text !~ 'idx|pkey'"
        ).fetchall()
    return [name for (name,) in found]


_OUTBOUND: Final = tuple(
    f"INSERT INTO {table} SELECT o.id, {values} FROM organizations o WHERE o.id = %s"
    for table, values in (
        ("do_not_call (org_id, number)", "'+16045550177'"),
        (
            "outbound_calls (org_id, purpose, key, number, not_before, expires_at, next_at)",
            "'recall', 'recall:1', '+16045550178', now(), now() + interval '1 day', now()",
        ),
        (
            "outbound_attempts (org_id, item_id, attempt, asked_since)",
            _FIRST.format("outbound_calls") + "1, now()",
        ),
    )
)


@pytest.fixture
def filled(clinic: Clinic, harbour: Clinic) -> None:
    """Puts a row of each clinic into every table, where it can by real calls."""
    for one in (clinic, harbour):
        one.do(
            "INSERT INTO vapi_entries (vapi_id, org_id) VALUES (%s, %s)", f"squad-{one.number}", one.org_id
        )
        one.do(
            "INSERT INTO time_off (org_id, starts_at, ends_at) VALUES (%s, '2030-01-01', '2030-01-02')",
            one.org_id,
        )
        one.do(
            "INSERT INTO vapi_tools (vapi_tool_id, tool_name, definition_hash)"
            " VALUES ('tool-1', 'get_patient', repeat('0', 64)) ON CONFLICT DO NOTHING"
        )
        for statement in _AGENTS:
            one.do(statement, one.org_id)
        one.do(
            "INSERT INTO invitations (org_id, email, role, invited_by) VALUES (%s, %s, 'viewer', 'somebody')",
            *(one.org_id, f"invited-{one.number[1:]}@example.com"),
        )
        phone = one.number[:-2] + "88"
        for statement in _BOOKING_RULES:
            one.do(statement, one.org_id)
        one.ask("add_to_waitlist", firstName="Wai", lastName="Ting", phone=phone)
        one.do(
            "INSERT INTO waitlist_offers"
            " (org_id, waitlist_id, provider_id, starts_at, offered_at, offered_until)"
            " SELECT w.org_id, w.id, p.id, '2030-01-04', now(), '2030-01-03' FROM waitlist w"
            " JOIN providers p USING (org_id) WHERE org_id = %s LIMIT 1",
            one.org_id,
        )
        one.ask(
            "register_new_patient",
            firstName="Newton",
            lastName="Comer",
            dateOfBirth="2001-02-03",
            gender="M",
            phone=phone,
            address="1 Hidden Lane",
            city="Elsewhere",
            postalCode="V6B 1A1",
            healthCardType="NONE",
            language="en",
        )
        offer = one.ask("find_earliest_appointment")
        wish = {key: offer[key] for key in ("providerId", "startTime", "appointmentType")}
        assert one.ask("create_appointment", **wish, reason="privacy", language="en")["booked"] is True
        one.ask("transfer_call", reason="billing")
        one.ask("log_call_metadata", language="en", callOutcome="booked")
        for statement in _CALLS + _OUTBOUND + _KNOWLEDGE + _CALENDARS + _EMR:
            one.do(statement, one.org_id)
    for one in (clinic, harbour):
        for table in tables(one.owner_url):
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)).as_string()
            assert one.all(query)[0][0] > 0, f"put a row into {table} here"
