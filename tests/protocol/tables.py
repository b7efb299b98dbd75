"""What the whole database holds, clinic by clinic, so that a test can say that nothing else changed."""

import json

import psycopg
from psycopg import sql

from local import demo

OF_EVERY_CALL = {"calls", "tool_calls", "audit_log"}
"""Written by any tool call that reaches a clinic."""


def counted(owner_url: str) -> dict[str, int]:
    """How many rows each table has, both clinics' together."""
    with psycopg.connect(owner_url) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        ).fetchall()
        found: dict[str, int] = dict.fromkeys((name for (name,) in tables), 0)
        for org_id in (demo.MAPLE, demo.HARBOUR):
            claims = json.dumps({"app_metadata": {"org_id": org_id}})
            connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
            for name in found:
                row = connection.execute(
                    sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
                ).fetchone()
                found[name] += row[0] if row else 0
    return found


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    """The tables that have gained or lost rows."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
