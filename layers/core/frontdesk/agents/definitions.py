"""What the platform's tools are: the release's own file, published by each deploy."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import psycopg
from psycopg.types.json import Jsonb

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.vapi import leaves

SQL: Final = queries.beside(__file__)
FILE: Final = Path(__file__).with_name("definitions.json")
"""Tools by name, as `resources/tools/*.yml` have them; made by `frontdesk tools render`."""
_ADDRESS: Final = "${BACKEND_URL}"


class Definition(NamedTuple):
    """One tool, as Vapi is to hold it; a credential still goes by its name."""

    tool_name: str
    document: dict[str, Any]
    hash: str


class _Row(NamedTuple):
    tool_name: str
    definition: dict[str, Any]


def tool_definition_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of the definition, in hexadecimal; the order of keys and 1 or 1.0 don't count."""
    plain = leaves.plain({key: value for key, value in document.items() if value is not None})
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def name_of(tool: Mapping[str, Any]) -> str | None:
    """Of a tool, also inline, also of the still older `functions`; one of Vapi's own goes by its type."""
    return tool.get("function", tool).get("name") or tool.get("type")


_kept: dict[tuple[str, str], list[Definition]] = {}
"""Those read last, by their digest and our API's address: reading and hashing them takes 10 ms of a save."""


def published(db: Transaction, public_url: str) -> list[Definition]:
    """Those of the last deploy, by name, with our API's address in its place."""
    asked = (db.value(SQL["definitions_digest"]), public_url)
    if asked not in _kept:
        found = _read(db, public_url)
        _kept.clear()
        _kept[asked] = found
    return _kept[asked]


def _read(db: Transaction, public_url: str) -> list[Definition]:
    found: list[Definition] = []
    for row in db.all(_Row, SQL["definitions"]):
        document = cast(
            "dict[str, Any]",
            leaves.mapped(
                row.definition,
                lambda _, each: each.replace(_ADDRESS, public_url) if isinstance(each, str) else each,
            ),
        )
        found.append(Definition(row.tool_name, document, tool_definition_hash(document)))
    return found


def released() -> dict[str, dict[str, Any]]:
    """This release's own, by name."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def publish(owner_url: str, documents: Mapping[str, Mapping[str, Any]] | None = None) -> None:
    """Makes these the platform's tools, in place of all others; this release's own, unless told otherwise.

    Run by the migrator, as the owner: no function that answers anybody can change what a tool is.
    """
    with psycopg.connect(owner_url) as owner:
        owner.execute("DELETE FROM tool_definitions")
        owner.cursor().executemany(
            "INSERT INTO tool_definitions (tool_name, definition) VALUES (%s, %s)",
            [(name, Jsonb(document)) for name, document in (documents or released()).items()],
        )
