"""Lambda behind `/documents`, `/documents/{id}` and `/documents/{id}/chunks`."""

from collections.abc import Iterable

from frontdesk import events
from frontdesk.calls.entries import ClinicChanged
from frontdesk.endpoint import Nothing
from frontdesk.knowledge import documents
from frontdesk.knowledge.documents import Warned
from frontdesk.members.problems import not_taken
from frontdesk.members.serving import Request, routed, serve
from functions.knowledge.documents.endpoint import (
    ADD,
    CHUNKS,
    DELETE,
    LIST,
    READ,
    Added,
    Chunk,
    Chunks,
    Deleted,
    Document,
    Documents,
    New,
    One,
    Part,
    Progress,
    Suspicion,
    Upload,
)


@serve(ADD)
def add(request: Request[Nothing, New]) -> Added:
    """The document, and where to post its file; a text is on its way already."""
    sent = request.body
    text = None if sent.text is None else sent.text.encode("utf-8", "replace")
    n_bytes = (sent.bytes or 0) if text is None else len(text)
    if refusal := documents.refusal(n_bytes):
        raise not_taken(("bytes" if text is None else "text", refusal))
    place = documents.add(
        request.db,
        request.member.org_id,
        sent.name,
        n_bytes=n_bytes,
        source_url=sent.source_url,
        member=request.member.id,
    )
    added = Added(id=place.document_id, version_id=place.version_id, status="queued", upload=None)
    if text is not None:
        documents.put(request.db, place, text)
        return added
    url, fields = documents.form(place)
    return added.model_copy(update={"status": "awaiting_upload", "upload": Upload(url=url, fields=fields)})


@serve(LIST)
def listing(request: Request[Nothing]) -> Documents:
    """All of them."""
    return Documents(documents=[_shown(*each) for each in documents.everything(request.db)])


@serve(READ)
def read(request: Request[One]) -> Document:
    """The document of that id."""
    return _shown(*documents.one(request.db, request.parameters.id))


@serve(CHUNKS)
def chunks(request: Request[Part]) -> Chunks:
    """One page of what callers are answered from."""
    asked = request.parameters
    found = documents.passages(request.db, asked.id, first=asked.cursor, most=asked.limit + 1)
    shown = [Chunk.model_validate(each._asdict()) for each in found[: asked.limit]]
    return Chunks(chunks=shown, next_cursor=found[asked.limit].place if len(found) > asked.limit else None)


@serve(DELETE)
def delete(request: Request[One]) -> Deleted:
    """Nobody is answered from it any more."""
    documents.delete(request.db, request.member.org_id, request.parameters.id)
    changed = ClinicChanged(org_id=request.member.org_id)
    for event in DELETE.raises:
        request.afterwards.append(lambda event=event: events.raise_event(event, changed))
    return Deleted(id=request.parameters.id)


def _shown(one: documents.Document, warned: Iterable[Warned]) -> Document:
    progress = Progress(
        read_pages=one.read_pages, pages=one.pages, embedded=one.embedded, passages=one.passages
    )
    warnings = [Suspicion.model_validate(each._asdict()) for each in warned]
    shown = one._asdict() | {"failure": one.sentence, "added_at": one.created_at}
    return Document.model_validate(shown | {"progress": progress, "warnings": warnings})


handler = routed(add, listing, read, chunks, delete)
