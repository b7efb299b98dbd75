"""There is one key to Vapi, the platform's: nothing that belongs to a clinic could hold another."""

import json
import re
from collections.abc import Iterator
from typing import cast

import psycopg
import pytest
from pydantic import BaseModel

from frontdesk.settings import Settings
from infra import discovery
from tests.conftest import Database

CREDENTIAL = re.compile(r"key|secret|token|credential|password|bearer|authori[sz]ation|hmac", re.IGNORECASE)
NO_CREDENTIALS = {
    # Folded letters of a name, to find it by.
    ("patient_name_keys", "key"),
    # What a call is about, so that it is made once.
    ("outbound_calls", "key"),
    ("waitlist", "name_key"),
    # A clinic's own consent at Google or Microsoft, sealed by KMS for that connection; no key of ours.
    ("calendar_connections", "refresh_token"),
    ("calendar_connections", "access_token"),
    # A digest of what Google and Microsoft prove their hints by.
    ("calendar_channels", "secret_hash"),
}
"""Columns whose names sound so, and what they are."""


def test_no_table_has_room_for_a_credential(database: Database) -> None:
    """Also none that is nobody's: a row by clinic could stand there too."""
    with psycopg.connect(database.owner_url) as owner:
        columns = owner.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " WHERE c.table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()

    assert len(columns) > 100, "the catalogue is really read"
    assert {(table, column) for table, column in columns if CREDENTIAL.search(column)} == NO_CREDENTIALS
    assert {table for table, _ in columns if CREDENTIAL.search(table)} == {"patient_name_keys"}


def test_settings_know_one_key_and_where_it_lies() -> None:
    """A mapping could hold one for each clinic."""
    of_vapi = {name for name in Settings.model_fields if "vapi" in name and CREDENTIAL.search(name)}

    assert of_vapi == {
        "vapi_private_key",
        "vapi_key_arn",
        # What proves Vapi to us: the platform's too.
        "vapi_hmac_secrets",
        "vapi_shared_secrets",
        "vapi_secrets_arn",
    }
    assert [
        name for name, one in Settings.model_fields.items() if "dict" in str(one.annotation).lower()
    ] == []


@pytest.mark.parametrize("folder", discovery.endpoints())
def test_no_endpoint_takes_or_shows_one(folder: str) -> None:
    models = [
        model
        for endpoint in discovery.endpoints()[folder]
        for model in (endpoint.parameters, endpoint.answer, endpoint.body or endpoint.answer)
        if model is not str
    ]
    schemas = [cast("type[BaseModel]", model).model_json_schema() for model in models]

    assert [name for schema in schemas for name in names(schema) if CREDENTIAL.search(name)] == []
    # One without named fields could take a key under any name.
    assert '"additionalProperties": true' not in json.dumps(schemas)


def names(schema: object) -> Iterator[str]:
    """Of all properties, at any depth."""
    if isinstance(schema, dict):
        found = cast("dict[str, object]", schema)
        yield from cast("dict[str, object]", found.get("properties", {}))
        for below in found.values():
            yield from names(below)
    elif isinstance(schema, list):
        for below in cast("list[object]", schema):
            yield from names(below)
