"""A clinic's documents as its members see them: added, listed, deleted; each a name and its versions.

The same name again is a new version. Callers are answered from the current one until another is whole.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from psycopg.types.json import Jsonb

from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined, ProviderFailed, Unknown
from frontdesk.knowledge.reading import MOST_BYTES, REASONS
from frontdesk.members import audit
from frontdesk.settings import settings

SQL: Final = queries.beside(__file__)

MOST_DOCUMENTS: Final = 200
MOST_PASSAGES: Final = 20_000
"""Of one clinic: each is compared with the question, so that none is missed. More would want an index."""
FORM_S: Final = 900
"""How long a form to upload by is good for."""
_MOST_WARNINGS: Final = 20
_LONGEST_WARNING: Final = 80
_AT_ONCE: Final = 1_000
"""Passages a statement."""
FAILURES: Final = REASONS | {
    "too_many_passages": "The clinic would have {passages:,} passages, and at most {most:,} are searched. "
    "Delete what callers don't ask about.",
    "stuck": "It could not be worked on for a day. Upload it again; if that fails too, tell us.",
}
"""Beside what a file can have that keeps it from being read."""


class TooManyDocuments(Declined):
    """As many as a clinic may have."""

    fact = f"A clinic has at most {MOST_DOCUMENTS} documents. Delete one, or add a new version of one."


class TooManyPassages(Declined):
    """The others have filled what is searched."""

    fact = (
        f"The clinic's other documents have {MOST_PASSAGES:,} passages already, the most that are searched."
        " Delete what callers don't ask about."
    )


class NoDocument(Unknown):
    """None of that id, or another clinic's."""

    fact = "There is no such document."


class Place(NamedTuple):
    """Where a version's file lies."""

    org_id: UUID
    document_id: int
    version_id: int

    @property
    def key(self) -> str:
        """In the stage's store."""
        return f"documents/{self.org_id}/{self.document_id}/{self.version_id}"


class Warned(NamedTuple):
    """A passage that reads like an order to a model."""

    page: int | None
    words: str
    """Its first."""


class Document(NamedTuple):
    """One document, by its newest version."""

    id: int
    version_id: int
    name: str
    source_url: str | None
    is_searched: bool
    """Whether callers are answered from it: from this version, or from the one before until this is ready."""
    status: str
    failure: str | None
    failure_details: dict[str, Any]
    kind: str | None
    bytes: int | None
    pages: int | None
    read_pages: int
    unread_pages: list[int]
    passages: int
    embedded: int
    """Of those, how many a question can find."""
    created_at: datetime
    changed_at: datetime

    @property
    def sentence(self) -> str | None:
        """Why it failed, for a clinic's admin."""
        return self.failure and FAILURES[self.failure].format(**self.failure_details)


class Passage(NamedTuple):
    """What a search finds of a document."""

    place: int
    page: int | None
    heading: str
    text: str
    is_suspicious: bool


class Held(NamedTuple):
    """What the clinic has beside the document of one name."""

    documents: int
    passages: int


class _Warning(NamedTuple):
    version_id: int
    page: int | None
    words: str


class _Id(NamedTuple):
    id: int


def refusal(n_bytes: int) -> str | None:
    """Why a file of that size needs no upload, for a clinic's admin; None when it may come."""
    if not n_bytes:
        return FAILURES["empty"]
    if n_bytes > MOST_BYTES:
        size, most = -(-n_bytes // 1_000_000), MOST_BYTES // 1_000_000
        return FAILURES["too_large"].format(size=size, most=most)
    return None


def add(
    db: Transaction, org_id: UUID, name: str, *, n_bytes: int, source_url: str | None, member: str
) -> Place:
    """Where to put what is uploaded. Raises `TooManyDocuments` and `TooManyPassages`."""
    db.run(SQL["lock_documents"])
    others = held(db, name)
    if others.documents >= MOST_DOCUMENTS:
        raise TooManyDocuments
    if others.passages >= MOST_PASSAGES:
        raise TooManyPassages
    id_ = db.value(SQL["add_document"], name=name, source_url=source_url)
    version = db.value(SQL["add_version"], document_id=id_, n_bytes=n_bytes, member=member)
    audit.note(db, "document.added", of=id_)
    return Place(org_id, id_, version)


def held(db: Transaction, name: str) -> Held:
    """Of the clinic's other documents: how many, and with how many passages that are searched."""
    return db.all(Held, SQL["held"], name=name)[0]


def form(place: Place) -> tuple[str, dict[str, str]]:
    """Where a browser posts the file, and the fields it sends before it: for this key and no other."""
    from frontdesk import aws

    signed = aws.client("s3").generate_presigned_post(
        settings().store, place.key, Conditions=[["content-length-range", 1, MOST_BYTES]], ExpiresIn=FORM_S
    )
    return signed["url"], signed["fields"]


def origin() -> str:
    """Of the address that `form` posts to: a page says where it may send to before it has a form."""
    from frontdesk import aws

    url: str = aws.client("s3").generate_presigned_post(settings().store, "any")["url"]
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def put(db: Transaction, place: Place, content: bytes) -> None:
    """Puts what was pasted where a file would be; raises `ProviderFailed`; a day later it is gone."""
    from frontdesk import aws

    with db.released():
        try:
            aws.client("s3").put_object(Bucket=settings().store, Key=place.key, Body=content)
        except aws.FAILED as failed:
            raise ProviderFailed("the store did not take the text") from failed
    db.run(SQL["uploaded"], version_id=place.version_id)


def everything(db: Transaction) -> list[tuple[Document, list[Warned]]]:
    """The clinic's documents by name, each with what an admin should look at."""
    return _with_warnings(db, db.all(Document, SQL["documents"], id=None))


def one(db: Transaction, id_: int) -> tuple[Document, list[Warned]]:
    """The document of that id; raises `NoDocument`."""
    found = _with_warnings(db, db.all(Document, SQL["documents"], id=id_))
    if not found:
        raise NoDocument
    return found[0]


def passages(db: Transaction, id_: int, *, first: int, most: int) -> list[Passage]:
    """What callers are answered from, in order; of what is on its way, while there is nothing else yet."""
    found = db.all(Passage, SQL["passages"], document_id=id_, first=first, most=most)
    if not found and not db.all(Document, SQL["documents"], id=id_):
        raise NoDocument
    return found


def delete(db: Transaction, org_id: UUID, id_: int) -> None:
    """Deletes all of it, what is said of it to every caller, and its files; raises `NoDocument`."""
    if db.value(SQL["lock_document"], document_id=id_) is None:
        raise NoDocument
    drop_versions(db, org_id, id_)
    db.run(SQL["drop_document"], document_id=id_)
    # What is left of the others is told again soon; until then rather nothing than this.
    db.run(SQL["drop_digests"])
    audit.note(db, "document.deleted", of=id_)


def drop_versions(db: Transaction, org_id: UUID, id_: int, *, before: int | None = None) -> None:
    """Drops the document's versions, those before that one or all of them, and asks for their files' end."""
    versions = [each.id for each in db.all(_Id, SQL["versions_to"], document_id=id_, newer=before)]
    ask_deletion(db, [Place(org_id, id_, version) for version in versions])
    drop_passages(db, versions)
    if before is not None:
        db.run(SQL["drop_versions"], version_ids=versions)


def drop_version(db: Transaction, place: Place) -> None:
    """Drops one version that nobody is answered from, and its document if that has no other."""
    # Who adds a version to it meanwhile waits, or is waited for.
    db.value(SQL["lock_document"], document_id=place.document_id)
    ask_deletion(db, [place])
    drop_passages(db, [place.version_id])
    db.run(SQL["drop_versions"], version_ids=[place.version_id])
    db.run(SQL["drop_if_empty"], document_id=place.document_id)


def fail(db: Transaction, place: Place, failure: str, details: Mapping[str, Any]) -> None:
    """Keeps of that version why it failed, and nothing else."""
    drop_passages(db, [place.version_id])
    ask_deletion(db, [place])
    db.run(SQL["fail"], version_id=place.version_id, failure=failure, details=Jsonb(details))


def drop_passages(db: Transaction, versions: Sequence[int]) -> None:
    """Drops all that was found in those versions."""
    while db.run(SQL["drop_passages"], version_ids=list(versions), most=_AT_ONCE) == _AT_ONCE:
        pass


def ask_deletion(db: Transaction, places: Sequence[Place]) -> int:
    """Has those files deleted, once no legal hold stands; how many: a clinic that isn't there has none."""
    return db.run(SQL["ask_deletion"], keys=[place.key for place in places])


def _with_warnings(db: Transaction, found: list[Document]) -> list[tuple[Document, list[Warned]]]:
    versions = [each.version_id for each in found]
    warned: dict[int, list[Warned]] = {version: [] for version in versions}
    for each in db.all(_Warning, SQL["warnings"], version_ids=versions, longest=_LONGEST_WARNING):
        if len(warned[each.version_id]) < _MOST_WARNINGS:
            warned[each.version_id].append(Warned(each.page, each.words))
    return [(each, warned[each.version_id]) for each in found]
