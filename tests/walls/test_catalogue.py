"""The walls as Postgres' own catalogue has them; a table added without one fails here."""

import psycopg
import pytest

from tests.clinic import Clinic
from tests.conftest import Database
from tests.walls.conftest import WITHOUT_A_CLINIC, as_app, claims_of, months, tables

WALL = "(( SELECT (((auth.jwt() -> 'app_metadata'::text) ->> 'org_id'::text))::uuid AS uuid) = {})"
DIRECTORY = {
    "phone_numbers": "true",
    "vapi_entries": "true",
    "appointments": "(status = ANY (ARRAY['held'::text, 'pending'::text]))",
    "waitlist_offers": "(outcome IS NULL)",
    "text_messages": "(status = 'waiting'::text)",
    "organizations": "true",
    "agents": "true",
    "org_tools": "true",
    "members": "true",
    "invitations": "(expires_at > now())",
    "calls": "true",
    "calendar_connections": "true",
    "calendars": "true",
    "calendar_channels": "true",
    "calendar_events": "(due_since IS NOT NULL)",
    "emr_connections": "true",
    "document_versions": "(status <> ALL (ARRAY['ready'::text, 'failed'::text]))",
}
"""The tables that are asked before the clinic is known or across clinics, and which of their rows."""


def test_every_table_is_some_clinics_or_on_the_list_of_those_that_are_nobodys(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        without = owner.execute(
            "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_attribute a"
            " WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND a.attnotnull)"
        ).fetchall()

    assert {name for (name,) in without} == WITHOUT_A_CLINIC | {"organizations"}


def test_every_clinics_table_has_the_wall_enabled_and_forced(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        walled = owner.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relrowsecurity AND relforcerowsecurity"
        ).fetchall()

    assert {name for (name,) in walled} == set(tables(database.owner_url) + months(database.owner_url))


def test_every_clinics_table_has_the_one_policy_and_the_directory_its_own(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        found = owner.execute(
            "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies"
            " WHERE schemaname = 'public'"
        ).fetchall()

    expected = {
        (table, "own_clinic", "PERMISSIVE", "{public}", "ALL", *[WALL.format(_key(table))] * 2)
        for table in tables(database.owner_url) + months(database.owner_url)
    } | {
        (table, "directory_reads", "PERMISSIVE", "{frontdesk_directory}", "SELECT", rows, None)
        for table, rows in DIRECTORY.items()
    }
    assert set(found) == expected


def _key(table: str) -> str:
    return "id" if table == "organizations" else "org_id"


def test_no_role_of_ours_can_walk_past_a_wall(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        roles = owner.execute(
            "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
            " OR rolreplication FROM pg_roles WHERE rolname LIKE 'frontdesk%' ORDER BY rolname"
        ).fetchall()
        memberships = owner.execute(
            "SELECT m.member::regrole::text, m.roleid::regrole::text, m.inherit_option, m.admin_option"
            " FROM pg_auth_members m WHERE m.member::regrole::text LIKE 'frontdesk%'"
        ).fetchall()

    assert roles == [
        ("frontdesk_app", True, False),
        ("frontdesk_directory", False, False),
        ("frontdesk_owner", True, False),
    ]
    # The owner may become the directory's role to hand functions over, but inherits nothing of it.
    assert memberships == [("frontdesk_owner", "frontdesk_directory", False, False)]


def test_the_functions_role_owns_nothing_and_can_make_nothing(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        owned = owner.execute(
            "SELECT classid::regclass, objid FROM pg_shdepend"
            " WHERE refobjid = 'frontdesk_app'::regrole AND deptype = 'o'"
        ).fetchall()
        creates = owner.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND"
            " has_schema_privilege('frontdesk_app', oid, 'CREATE')"
        ).fetchall()
        may_create = owner.execute(
            "SELECT has_database_privilege('frontdesk_app', current_database(), 'CREATE')"
        ).fetchone()

    assert (owned, creates, may_create) == ([], [], (False,))


def test_what_the_functions_role_may_do_is_this_and_no_more(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        granted = owner.execute(
            "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type)"
            " FROM information_schema.role_table_grants WHERE grantee IN ('frontdesk_app', 'PUBLIC')"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema') GROUP BY 1"
        ).fetchall()

    rights: dict[str, str] = dict(granted)
    assert "schema_migrations" not in rights
    assert rights["audit_log"] == "SELECT"
    assert rights["audit_seals"] == "INSERT SELECT"
    assert not rights.keys() & set(months(database.owner_url))
    assert not [table for table, mays in rights.items() if "TRUNCATE" in mays or "REFERENCES" in mays]
    deleted_from = {table for table, mays in rights.items() if "DELETE" in mays}
    assert deleted_from == {
        *("appointments", "patient_name_keys", "waitlist"),
        *("members", "invitations"),
        *("transfer_lines", "caps", "working_hours", "date_hours", "time_off", "phone_numbers"),
        *("agents", "org_tools", "vapi_tools", "vapi_entries", "leases"),
        *("transcripts", "call_originals", "call_events", "call_messages", "caller_memories"),
        *("vapi_squads", "blocked_callers", "entry_copies"),
        *("calls", "notifications", "communications"),
        *("do_not_call", "outbound_calls", "outbound_attempts"),
        *("memory_refusals", "text_messages"),
        *("documents", "document_versions", "knowledge_digests"),
        *("document_chunks", "chunk_embeddings", "chunk_terms"),
        *("calendar_consents", "calendar_connections", "calendars"),
        *("calendar_busy", "calendar_channels", "calendar_events"),
        *("emr_connections", "emr_providers", "emr_openings", "emr_types"),
        *("emr_visits", "emr_patients", "emr_phones"),
    }
    assert {t for t, mays in rights.items() if mays == "SELECT"} >= {"tool_definitions", "provider_types"}


def test_the_list_of_migrations_is_not_the_functions_business(database: Database) -> None:
    with as_app(database, None) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.all("SELECT * FROM schema_migrations")


def test_of_an_entry_the_functions_role_writes_what_happened_and_not_when_or_by_whom(
    database: Database,
) -> None:
    with psycopg.connect(database.owner_url) as owner:
        found = owner.execute(
            "SELECT string_agg(column_name, ' ' ORDER BY column_name)"
            " FROM information_schema.column_privileges WHERE grantee = 'frontdesk_app'"
            " AND table_name = 'audit_log' AND privilege_type = 'INSERT'"
        ).fetchall()

    assert found == [("action appointment_id call_id change org_id outcome patient_id patient_ids",)]


def test_the_only_functions_that_run_as_somebody_else_find_clinics_ids_or_keep_the_logs_months(
    database: Database,
) -> None:
    with psycopg.connect(database.owner_url) as owner:
        found = owner.execute(
            "SELECT oid::regprocedure::text, proowner::regrole::text, prorettype::regtype::text, proretset,"
            " proconfig, provolatile::text FROM pg_proc WHERE prosecdef"
            " AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
            " ORDER BY 1"
        ).fetchall()

    rest = (["search_path=pg_catalog"], "s")
    # The owner's, for a month is made and dropped by nobody else; they take no arguments.
    months = ("frontdesk_owner", "v")
    of_months = {
        ("archive.make_months()", *months, "lock_timeout=1s"),
        ("archive.drop_months()", *months, "lock_timeout=1s"),
    }
    kept = [one for one in found if one[0].startswith("archive.")]
    assert {(one[0], one[1], one[5], *one[4][1:]) for one in kept} == of_months
    assert {one[4][0] for one in kept} == {"search_path=pg_catalog"}
    found = [one for one in found if one not in kept]
    assert found == [
        ("directory.agents_at_vapi()", "frontdesk_directory", "record", True, *rest),
        ("directory.agents_behind(text)", "frontdesk_directory", "record", True, *rest),
        ("directory.calendar_connections_due()", "frontdesk_directory", "record", True, *rest),
        ("directory.connection_of_channel(text,text)", "frontdesk_directory", "record", True, *rest),
        ("directory.emrs_due()", "frontdesk_directory", "uuid", True, *rest),
        ("directory.figures()", "frontdesk_directory", "record", True, *rest),
        ("directory.organization_of_call(text)", "frontdesk_directory", "uuid", False, *rest),
        ("directory.organization_of_invitation(text)", "frontdesk_directory", "uuid", False, *rest),
        ("directory.organization_of_member(text)", "frontdesk_directory", "uuid", False, *rest),
        ("directory.organization_of_number(text)", "frontdesk_directory", "uuid", False, *rest),
        ("directory.organization_of_vapi_id(text)", "frontdesk_directory", "uuid", False, *rest),
        ("directory.organizations()", "frontdesk_directory", "uuid", True, *rest),
        ("directory.organizations_of_mailbox(text,text)", "frontdesk_directory", "uuid", True, *rest),
        ("directory.organizations_that_call()", "frontdesk_directory", "uuid", True, *rest),
        (
            "directory.organizations_to_sweep(timestamp with time zone)",
            *("frontdesk_directory", "uuid", True, *rest),
        ),
        ("directory.organizations_with_a_digest()", "frontdesk_directory", "uuid", True, *rest),
        (
            "directory.organizations_with_calls_to_close(timestamp with time zone)",
            *("frontdesk_directory", "uuid", True, *rest),
        ),
        (
            "directory.organizations_with_documents_to_resume(timestamp with time zone)",
            *("frontdesk_directory", "uuid", True, *rest),
        ),
        ("directory.organizations_with_holidays()", "frontdesk_directory", "uuid", True, *rest),
        ("directory.organizations_with_texts()", "frontdesk_directory", "uuid", True, *rest),
        ("directory.syncs_of_mailbox(text,text)", "frontdesk_directory", "bigint", False, *rest),
        ("directory.tools_linked()", "frontdesk_directory", "text", True, *rest),
    ]


def test_what_runs_as_somebody_else_nobody_may_run_but_the_functions_role(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        granted = owner.execute(
            "SELECT p.oid::regprocedure::text,"
            " CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END"
            " FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
            " WHERE p.prosecdef AND a.grantee <> p.proowner"
        ).fetchall()
        functions = owner.execute("SELECT oid::regprocedure::text FROM pg_proc WHERE prosecdef").fetchall()

    asked = {(name, "frontdesk_app") for (name,) in functions}
    # The owner drops months of which no clinic needs any entry.
    assert set(granted) == asked | {("directory.organizations()", "frontdesk_owner")}


def test_the_directory_sees_few_columns_of_few_tables(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        columns = owner.execute(
            "SELECT table_name, column_name, privilege_type FROM information_schema.column_privileges"
            " WHERE grantee = 'frontdesk_directory'"
        ).fetchall()
        owner.execute("SET ROLE frontdesk_directory")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("SELECT * FROM patients")

    assert set(columns) == {
        ("phone_numbers", "e164", "SELECT"),
        ("phone_numbers", "org_id", "SELECT"),
        ("vapi_entries", "vapi_id", "SELECT"),
        ("vapi_entries", "org_id", "SELECT"),
        ("appointments", "org_id", "SELECT"),
        ("appointments", "status", "SELECT"),
        ("appointments", "held_until", "SELECT"),
        ("appointments", "pending_until", "SELECT"),
        ("waitlist_offers", "org_id", "SELECT"),
        ("waitlist_offers", "outcome", "SELECT"),
        *(("calls", column, "SELECT") for column in ("org_id", "id", "ended_at", "ended_reason")),
        *(("calls", column, "SELECT") for column in ("reported_at", "flags")),
        ("calls", "last_tool_at", "SELECT"),
        ("calls", "checked_at", "SELECT"),
        ("organizations", "id", "SELECT"),
        ("organizations", "holiday_province", "SELECT"),
        ("organizations", "digest_email", "SELECT"),
        ("text_messages", "org_id", "SELECT"),
        ("text_messages", "status", "SELECT"),
        ("organizations", "outbound_purposes", "SELECT"),
        ("agents", "org_id", "SELECT"),
        ("agents", "id", "SELECT"),
        ("agents", "vapi_assistant_id", "SELECT"),
        ("agents", "deleted_at", "SELECT"),
        ("agents", "version", "SELECT"),
        ("agents", "synced_version", "SELECT"),
        ("agents", "synced_tools", "SELECT"),
        ("agents", "sync_error", "SELECT"),
        ("agents", "updated_at", "SELECT"),
        ("org_tools", "vapi_tool_id", "SELECT"),
        *(
            (table, column, "SELECT")
            for table, columns in {
                "calendar_connections": "org_id id vendor account failure due_at wanted_at syncing_until"
                " sync_failures synced_at",
                "calendars": "org_id id connection_id failure",
                "calendar_events": "org_id calendar_id for_calendar_id due_since",
                "calendar_channels": "org_id vendor id connection_id",
                "emr_connections": "org_id due_at syncing_until failures retry_at synced_at connected_at",
            }.items()
            for column in columns.split()
        ),
        *(("document_versions", column, "SELECT") for column in ("org_id", "status", "changed_at")),
        ("members", "user_id", "SELECT"),
        ("members", "org_id", "SELECT"),
        ("invitations", "email", "SELECT"),
        ("invitations", "org_id", "SELECT"),
        ("invitations", "created_at", "SELECT"),
        ("invitations", "expires_at", "SELECT"),
    }


def test_of_who_belongs_to_a_clinic_only_the_role_can_be_changed(database: Database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        found = owner.execute(
            "SELECT table_name, privilege_type, string_agg(column_name, ' ' ORDER BY column_name)"
            " FROM information_schema.column_privileges WHERE grantee = 'frontdesk_app'"
            " AND table_name IN ('members', 'invitations') AND privilege_type <> 'SELECT'"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()

    assert found == [
        ("invitations", "INSERT", "email invited_by org_id role"),
        ("invitations", "UPDATE", "created_at expires_at invited_by role"),
        ("members", "INSERT", "email org_id role user_id"),
        ("members", "UPDATE", "role"),
    ]


def test_the_functions_role_can_become_nobody_else(database: Database) -> None:
    for role in ("frontdesk_owner", "frontdesk_directory", "postgres"):
        with as_app(database, None) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.all(f"SET ROLE {role}")


def test_a_view_reads_with_the_rights_of_who_reads_it(database: Database) -> None:
    """Else it would read with its owner's."""
    with psycopg.connect(database.owner_url) as owner:
        found = owner.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm', 'f')"
            " AND NOT (relkind = 'v' AND 'security_invoker=true' = ANY (reloptions))"
            " AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
        ).fetchall()

    assert found == []


def test_what_points_at_another_table_points_within_its_own_clinic(database: Database) -> None:
    """A foreign key is checked past the walls, so the clinic must be part of it."""
    with psycopg.connect(database.owner_url) as owner:
        found = owner.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint c"
            # The tools are everybody's.
            " WHERE contype = 'f' AND confrelid NOT IN ('organizations'::regclass, 'vapi_tools'::regclass)"
            " AND NOT EXISTS ("
            "  SELECT FROM unnest(conkey, confkey) AS k (here, there)"
            "  JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = here AND a.attname = 'org_id'"
            "  JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = there AND b.attname = 'org_id')"
        ).fetchall()

    assert found == []


def test_the_audit_log_only_grows(database: Database, clinic: Clinic) -> None:
    clinic.ask("get_clinic_info")

    with as_app(database, claims_of(clinic)) as app:
        assert app.all("SELECT action FROM audit_log") == [("get_clinic_info",)]
        for statement in ("UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.all(statement)
            app.connection.rollback()
