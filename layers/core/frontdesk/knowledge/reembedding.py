"""Another model for all of a clinic's passages: made beside the old vectors, then changed in one moment.

Until then questions are compared with the old model's vectors, afterwards with the new one's, and never with
both. What was cut off goes on where it was.
"""

import time
from collections.abc import Generator
from contextlib import AbstractContextManager
from typing import Final, NamedTuple
from uuid import UUID

from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.knowledge import digest
from frontdesk.knowledge.documents import SQL
from frontdesk.knowledge.embedding import embedder
from frontdesk.knowledge.ingesting import BATCH, Chunk, embedded
from frontdesk.trigger import Model

_PATIENCE_S: Final = 20.0
"""Of one step in the database."""
_EMBED_S: Final = 60.0
"""For one batch."""
_AT_ONCE: Final = 1_000
"""Vectors of the old model that go in one statement."""
SEARCH_ENDS_S: Final = 15.0
"""Longer than a search takes that began with the old model."""


class Progress(NamedTuple):
    """Of one clinic."""

    passages: int
    """That callers are answered from."""
    embedded: int
    """Of those, by the new model."""
    is_done: bool
    """Whether questions are compared with the new model's."""


def reembed(org_id: UUID, model: Model) -> Generator[Progress]:
    """Tells after each batch how far it is; the last one is done. Raises `EmbedderFailed`: begin again later.

    The old vectors go after that, when nobody compares with them any more, and the digest is made anew.
    Documents that are added meanwhile are waited for, so none is missing when it changes.
    """
    chosen = embedder(model)
    while True:
        with _transaction(org_id) as db:
            chunks = db.all(Chunk, SQL["to_reembed"], model=model, most=BATCH)
            counted = _progress(db, model)
        yield counted
        if chunks:
            made = embedded(chosen, chunks, time.monotonic() + _EMBED_S)
            with _transaction(org_id) as db:
                db.run(SQL["add_embeddings"], model=model, **made)
        elif _is_changed(org_id, model):
            break
    yield counted._replace(is_done=True)
    with _transaction(org_id) as db:
        has_others = db.value(SQL["has_other_embeddings"])
    if has_others:
        digest.rebuild(org_id, time.monotonic() + _EMBED_S)
        time.sleep(SEARCH_ENDS_S)
    while has_others:
        with _transaction(org_id) as db:
            db.value(SQL["locked_model"])
            has_others = db.run(SQL["drop_other_embeddings"], most=_AT_ONCE) == _AT_ONCE


def _is_changed(org_id: UUID, model: Model) -> bool:
    """Whether the clinic has the new model now; not while a passage has no vector of it."""
    with _transaction(org_id) as db:
        before = db.value(SQL["lock_model"])
        counted = _progress(db, model)
        if counted.embedded < counted.passages:
            return False
        # A clinic without a document takes the stage's with its first.
        if before is not None:
            db.run(SQL["set_model"], model=model)
        return True


def _progress(db: Transaction, model: Model) -> Progress:
    return Progress(*db.all(_Counted, SQL["reembedded"], model=model)[0], is_done=False)


class _Counted(NamedTuple):
    passages: int
    embedded: int


def _transaction(org_id: UUID) -> AbstractContextManager[Transaction]:
    return clinic_transaction(org_id, time.monotonic() + _PATIENCE_S, source="cli")
