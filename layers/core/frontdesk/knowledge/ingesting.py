"""From an uploaded file to passages that a question finds; every step may be cut off, repeated or overtaken.

A lease says who works at a version; whoever finds it gone, lost or overtaken stops without a word. No
transaction is open while the store, the reader or an embedder is awaited.
"""

import hashlib
import re
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg

from frontdesk import aws
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.errors import ProviderFailed
from frontdesk.knowledge import answers, digest, documents, parts, reading, terms
from frontdesk.knowledge.blocks import Passage
from frontdesk.knowledge.documents import SQL, Place
from frontdesk.knowledge.embedding import Embedder, embedder, sql_text
from frontdesk.knowledge.suspicious import is_suspicious
from frontdesk.logs import logger
from frontdesk.queue import Attempt
from frontdesk.settings import settings

LEASE_S: Final = 300
"""Renewed by each step, so that what was cut off is free again soon; longer than a file may be silent."""
_KEY: Final = re.compile(
    r"documents/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/([1-9]\d{0,17})/([1-9]\d{0,17})"
)
_PATIENCE_S: Final = 20.0
"""Of one step in the database."""
_LEFT_S: Final = 45.0
"""For what follows on the reading."""
_EMBED_S: Final = 60.0
"""For one batch."""
_AT_ONCE: Final = 200
"""Passages a transaction."""
BATCH: Final = 64
"""Passages that are embedded at once."""
_PART: Final = 1024 * 1024
_OFTEN_S: Final = 1.0
"""Between two signs of progress."""


class _Over(Exception):
    """The version is gone, or another works at it."""


class _NotCome(Exception):
    """There is no such object, in whose place something may have been put unheard."""


class _Version(NamedTuple):
    id: int
    name: str
    status: str
    is_leased: bool
    may_be_absent: bool


class Chunk(NamedTuple):
    """A passage without a vector."""

    id: int
    version_id: int
    heading: str
    text: str


class _Placed(NamedTuple):
    id: int
    place: int


@dataclass
class _Work:
    """One version that this function alone works at."""

    place: Place
    name: str
    status: str
    lease: datetime
    ends: float
    may_be_absent: bool
    """Nobody told of its file: its form is over, and whether it was used isn't known."""

    @contextmanager
    def step(self) -> Generator[Transaction]:
        """A transaction that holds on to the version; raises `_Over`."""
        with _transaction(self.place.org_id, self.ends) as db:
            lease = self.renewed(db)
            yield db
        self.lease = lease

    def renewed(self, db: Transaction) -> datetime:
        """The lease, once that is committed; raises `_Over`."""
        version_id = self.place.version_id
        lease = db.value(SQL["renew_lease"], version_id=version_id, leased_until=self.lease, lease_s=LEASE_S)
        if lease is None:
            raise _Over
        return lease


def ingest(key: str, attempt: Attempt) -> None:
    """Makes what lies there what callers are answered from, or says why it can't be.

    What it raises asks for another try, which goes on where this one ended.
    """
    place = _place(key)
    if place is None:
        logger.warning("an object of no document is deleted")
        _delete(key)
        return
    about = {"org_id": str(place.org_id), "document_id": place.document_id, "version_id": place.version_id}
    work = _taken(place, attempt.deadline)
    if work is None:
        return
    try:
        if work.status != "embedding":
            _read(work)
        _embed_and_finish(work)
    except _Over:
        logger.info("a version went, or is another's", extra=about)
        with _transaction(place.org_id, attempt.deadline) as db:
            _settle(db, place)
        return
    except _NotCome:
        with _transaction(place.org_id, attempt.deadline) as db:
            db.run(SQL["not_come"], version_id=place.version_id, leased_until=work.lease)
        return
    except reading.Unreadable as unreadable:
        logger.info("a document can't be read", extra=about | {"why": unreadable.reason})
        _fail(work, unreadable.reason, unreadable.details)
        return
    except Exception:
        _let_go(work)
        raise
    logger.info("a document is ready", extra=about)
    digest.rebuild(place.org_id, attempt.deadline)


def embedded(chosen: Embedder, chunks: Sequence[Chunk], ends: float) -> dict[str, list[Any]]:
    """The vectors of these passages, of each whole one and of its sentences, as `add_embeddings` has them.

    Raises `EmbedderFailed`.
    """
    told = [
        (chunk.id, part, text)
        for chunk in chunks
        for part, text in enumerate(parts.of_passage(chunk.heading, chunk.text))
    ]
    deadline = min(ends, time.monotonic() + _EMBED_S)
    vectors = chosen.embed([text for _, _, text in told], deadline=deadline)
    return {
        "chunk_ids": [chunk for chunk, _, _ in told],
        "parts": [part for _, part, _ in told],
        "embeddings": [sql_text(vector) for vector in vectors],
    }


def _place(key: str) -> Place | None:
    found = _KEY.fullmatch(key)
    return Place(UUID(found[1]), int(found[2]), int(found[3])) if found else None


def _taken(place: Place, ends: float) -> _Work | None:
    """The work, leased; None where there is none, or where it is another's."""
    with _transaction(place.org_id, ends) as db:
        version = _settle(db, place)
        if version is None:
            # Of no clinic at all, then nobody's hold is on it.
            is_nobodys = not db.value("SELECT count(*) FROM organizations")
        elif version.status in ("ready", "failed") or version.is_leased:
            is_nobodys = False
            if version.status == "failed":
                documents.ask_deletion(db, [place])  # Its form may have been used once more.
        else:
            lease = db.value(SQL["lease"], version_id=place.version_id, lease_s=LEASE_S)
            db.run(SQL["choose_model"], model=settings().embedding_model)
            return _Work(place, version.name, version.status, lease, ends, version.may_be_absent)
    if is_nobodys:
        _delete(place.key)
    if version and version.status == "ready":
        digest.rebuild(place.org_id, ends)  # What was told last may have been cut off just before.
    return None


def _settle(db: Transaction, place: Place) -> _Version | None:
    """The version, locked; of one that went, or was never there, the file goes too."""
    version = db.one(
        _Version,
        SQL["version"],
        version_id=place.version_id,
        document_id=place.document_id,
        form_s=documents.FORM_S,
    )
    if version is None:
        documents.ask_deletion(db, [place])
    return version


def _read(work: _Work) -> None:
    """Stores what the file says, passage by passage."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        n_bytes, content_hash = _download(work.place.key, path, may_be_absent=work.may_be_absent)
        progress = _Progress(work)
        found = reading.read(path, work.name, ends=work.ends - _LEFT_S, progress=progress.told)
    passages = found.passages
    with work.step() as db:
        documents.drop_passages(db, [work.place.version_id])  # of a try that was cut off
        _check_room(db, work.name, len(passages))
    # A model is told the document's name with every passage.
    is_named_so = is_suspicious(Passage("", answers.spoken_name(work.name), None))
    suspicious = set(range(len(passages)) if is_named_so else found.suspicious)
    numbered = list(enumerate(passages))
    for several in (numbered[first : first + _AT_ONCE] for first in range(0, len(numbered), _AT_ONCE)):
        told = [f"{each.heading}. {each.text}" if each.heading else each.text for _, each in several]
        with work.step() as db:
            added = db.all(
                _Placed,
                SQL["add_passages"],
                document_id=work.place.document_id,
                version_id=work.place.version_id,
                places=[nth for nth, _ in several],
                pages=[each.page for _, each in several],
                headings=[each.heading for _, each in several],
                texts=[each.text for _, each in several],
                hashes=[hashlib.sha256(text.encode()).digest() for text in told],
                suspicious=[nth in suspicious for nth, _ in several],
            )
            ids = {each.place: each.id for each in added}
            terms.write(db, [ids[nth] for nth, _ in several], told, work.place.version_id)
    with work.step() as db:
        db.run(
            SQL["has_been_read"],
            version_id=work.place.version_id,
            kind=found.kind,
            n_bytes=n_bytes,
            content_hash=content_hash,
            pages=found.pages,
            unread_pages=found.unread_pages,
        )


def _check_room(db: Transaction, name: str, passages: int) -> None:
    """Raises `Unreadable` if the clinic would have more than are searched."""
    held = documents.held(db, name).passages + passages
    if held > documents.MOST_PASSAGES:
        raise reading.Unreadable("too_many_passages", passages=held, most=documents.MOST_PASSAGES)


class _Progress:
    """Tells how far the reading is, now and then."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._next = 0.0

    def told(self, read: int, pages: int) -> None:
        """After each page."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _OFTEN_S
        with self._work.step() as db:
            db.run(SQL["read_so_far"], version_id=self._work.place.version_id, read=read, pages=pages)


def _embed_and_finish(work: _Work) -> None:
    """Embeds what has no vector yet; again by another model, if the clinic has another meanwhile."""
    while True:
        with work.step() as db:
            model = db.value(SQL["chosen_model"])
            db.run(SQL["copy_embeddings"], version_id=work.place.version_id, model=model)
        chosen = embedder(model)
        while True:
            with work.step() as db:
                chunks = db.all(
                    Chunk, SQL["to_embed"], version_id=work.place.version_id, model=model, most=BATCH
                )
            if not chunks:
                break
            made = embedded(chosen, chunks, work.ends)
            with work.step() as db:
                db.run(SQL["add_embeddings"], model=model, **made)
        if _is_finished(work, model):
            return


def _is_finished(work: _Work, model: str) -> bool:
    """Whether callers are answered from it now, and no more from what it replaces: in one moment."""
    place = work.place
    with _transaction(place.org_id, work.ends) as db:
        # Whoever finished meanwhile is counted; then the document first, as who deletes it has it.
        db.run(SQL["lock_documents"])
        db.value(SQL["lock_document"], document_id=place.document_id)
        lease = work.renewed(db)
        own = db.value(SQL["passages_of"], version_id=place.version_id)
        _check_room(db, work.name, own)
        is_current = db.value(SQL["locked_model"]) == model
        if is_current:
            db.run(SQL["become_current"], document_id=place.document_id, version_id=place.version_id)
            db.run(SQL["is_ready"], version_id=place.version_id)
            documents.drop_versions(db, place.org_id, place.document_id, before=place.version_id)
    work.lease = lease
    return is_current


def _fail(work: _Work, reason: str, details: dict[str, Any]) -> None:
    """Says why, and keeps nothing of it; what callers are answered from stays as it is."""
    try:
        with work.step() as db:
            documents.fail(db, work.place, reason, details)
    except _Over:
        logger.info("a version went before it failed")


def _let_go(work: _Work) -> None:
    """Lets the next try begin at once; if that can't be said, it waits for the lease's end."""
    try:
        with _transaction(work.place.org_id, work.ends) as db:
            db.run(SQL["let_go"], version_id=work.place.version_id, leased_until=work.lease)
    except (ProviderFailed, psycopg.Error):
        logger.warning("a lease stays until its end")


def _download(key: str, path: Path, *, may_be_absent: bool) -> tuple[int, bytes]:
    """How long it is, and its hash; raises `Unreadable` for what is too large, before it is read.

    Raises `_NotCome` for what isn't there, if it may be absent; what was told of must be there.
    """
    content = hashlib.sha256()
    try:
        found = aws.client("s3").get_object(Bucket=settings().store, Key=key)
        n_bytes: int = found["ContentLength"]
        if n_bytes > reading.MOST_BYTES:
            size, most = -(-n_bytes // 1_000_000), reading.MOST_BYTES // 1_000_000
            raise reading.Unreadable("too_large", size=size, most=most)
        with path.open("wb") as file:
            for part in found["Body"].iter_chunks(_PART):
                content.update(part)
                file.write(part)
    except aws.FAILED as failed:
        # Whoever may not list a bucket is refused what isn't there.
        answer = getattr(failed, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode")
        if may_be_absent and answer in (403, 404):
            raise _NotCome from failed
        raise ProviderFailed("the store did not give the document") from failed
    return n_bytes, content.digest()


def _delete(key: str) -> None:
    try:
        aws.client("s3").delete_object(Bucket=settings().store, Key=key)
    except aws.FAILED as failed:
        raise ProviderFailed("the store did not delete an object") from failed


def _transaction(org_id: UUID, ends: float) -> AbstractContextManager[Transaction]:
    return clinic_transaction(org_id, min(ends, time.monotonic() + _PATIENCE_S))
