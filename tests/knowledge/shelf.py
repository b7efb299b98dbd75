"""Documents as they lie in the database once they have been read and embedded, without either."""

import hashlib
from typing import Any, cast

from frontdesk.db.connection import Connection
from frontdesk.db.transaction import Transaction
from frontdesk.knowledge import embedding, parts, suspicious, terms
from frontdesk.knowledge.blocks import Passage
from frontdesk.knowledge.embedding import ENCODER
from tests import owner
from tests.clinic import Clinic
from tests.embedder import vector


def put(clinic: Clinic, name: str, *passages: str | Passage) -> int:
    """The id of a clinic's document of that name, which says this and nothing else from now on."""
    whole = [Passage(one, "", None) if isinstance(one, str) else one for one in passages]
    with owner.transaction(clinic.owner_url, clinic.org_id) as connection:

        def made(query: str, *values: Any) -> Any:
            row = connection.execute(query.encode(), values).fetchone()
            assert row is not None
            return row[0]

        connection.execute("UPDATE organizations SET embedding_model = %s", [ENCODER])
        document = made(
            "INSERT INTO documents (org_id, name) VALUES (%s, %s)"
            " ON CONFLICT (org_id, name) DO UPDATE SET name = EXCLUDED.name RETURNING id",
            clinic.org_id,
            name,
        )
        version = made(
            "INSERT INTO document_versions (org_id, document_id, status) VALUES (%s, %s, 'ready')"
            " RETURNING id",
            clinic.org_id,
            document,
        )
        db = Transaction(cast("Connection", connection))
        for place, passage in enumerate(whole):
            told = f"{passage.heading}\n{passage.text}".strip()
            chunk = made(
                "INSERT INTO document_chunks (org_id, document_id, version_id, place, page, heading, text,"
                " content_hash, is_suspicious) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
                *(clinic.org_id, document, version, place, passage.page, passage.heading, passage.text),
                hashlib.sha256(told.encode()).digest(),
                suspicious.is_suspicious(passage),
            )
            terms.write(db, [chunk], [told], version)
            for part, text in enumerate(parts.of_passage(passage.heading, passage.text)):
                connection.execute(
                    "INSERT INTO chunk_embeddings (org_id, version_id, chunk_id, model, part, embedding)"
                    " VALUES (%s, %s, %s, %s, %s, %s::vector)",
                    [clinic.org_id, version, chunk, ENCODER, part, embedding.sql_text(vector(text))],
                )
        connection.execute("UPDATE documents SET current_version = %s WHERE id = %s", [version, document])
        connection.execute(
            "DELETE FROM document_versions WHERE document_id = %s AND id <> %s", [document, version]
        )
    return document


def remove(clinic: Clinic, name: str) -> None:
    """It never was."""
    clinic.do("UPDATE documents SET current_version = NULL WHERE name = %s", name)
    clinic.do("DELETE FROM documents WHERE name = %s", name)


def fill(clinic: Clinic) -> None:
    """As many other passages as a clinic has, so that a rare word says something; nobody asks for them."""
    put(clinic, "other.txt", *(f"Brillig{n} slithy{n} toves{n} gimble{n}." for n in range(40)))
