"""Lambda behind `/console/knowledge`: what callers are answered from, added, tried and taken away."""

from typing import Any

from frontdesk.console.serving import console, shows
from frontdesk.console.visit import Away, Page, Visit
from frontdesk.console.words import _
from frontdesk.knowledge import documents
from frontdesk.knowledge.reading import MOST_BYTES
from frontdesk.members.problems import NOT_TAKEN, Problem
from functions.console.knowledge.trigger import TRIGGER
from functions.knowledge.documents.handler import add, chunks, delete, listing, read
from functions.knowledge.search.handler import handler as search

_HOME = "/console/knowledge"
_MB = 1_000_000
_TOO_LARGE = _("The file has %(size)s MB, and at most %(most)s MB are read. Split it, or leave out pictures.")
_UNKNOWN_SIZE = 1
"""Bytes, of a file that was not chosen yet: without script a browser says its size only when it sends it, and
then the store looks."""


@shows("GET /console/knowledge")
def everything(visit: Visit) -> Page:
    """All documents, and a question to try them by."""
    return _shown(visit)


@shows("POST /console/knowledge/upload", least="admin", again=everything)
def upload(visit: Visit) -> Page:
    """The form that a file is sent by, straight to the store."""
    n_bytes = visit.form.number("bytes")
    if isinstance(n_bytes, int) and n_bytes > MOST_BYTES:
        values = {"size": -(-n_bytes // _MB), "most": MOST_BYTES // _MB}
        raise Problem(422, NOT_TAKEN, errors=[{"field": "bytes", "detail": _TOO_LARGE, "values": values}])
    added = visit.ask(add, {}, {"name": visit.form.one("name"), "bytes": _bytes(visit)})
    return Page(
        "upload.html", {"added": added, "name": visit.form.one("name")}, connects_to=[documents.origin()]
    )


@shows("POST /console/knowledge/text", least="admin", again=everything)
def text(visit: Visit) -> Away:
    """A text that was pasted."""
    name = visit.form.one("title")
    sent: dict[str, Any] = {"name": name and f"{name}.md", "text": visit.form.one("text")}
    if url := visit.form.one("sourceUrl"):
        sent["sourceUrl"] = url
    visit.ask(add, {}, sent)
    return Away(_HOME, "added")


@shows("POST /console/knowledge/question", again=everything)
def question(visit: Visit) -> Page:
    """What a caller would hear, and the passages behind it; it stands in no address."""
    asked = visit.form.one("question")
    answer = visit.ask(search, {}, {"question": asked, "language": visit.form.one("language") or None})
    return _shown(visit, question=asked, answer=answer)


@shows("GET /console/knowledge/{id}")
def document(visit: Visit) -> Page:
    """One document as a search sees it, passage by passage."""
    found = visit.ask(chunks, {"id": visit.path["id"], "cursor": visit.query.get("cursor")})
    one = visit.ask(read, {"id": visit.path["id"]})
    return Page("document.html", {"document": one, "chunks": found.chunks, "next_cursor": found.next_cursor})


@shows("POST /console/knowledge/{id}/delete", least="admin", again=everything)
def deleted(visit: Visit) -> Away:
    """Nobody is answered from it any more."""
    visit.ask(delete, {"id": visit.path["id"]})
    return Away(_HOME, "removed")


def _shown(visit: Visit, **more: Any) -> Page:
    values = {
        "question": "",
        "answer": None,
        **more,
        "documents": visit.ask(listing).documents,
        "most_mb": MOST_BYTES // _MB,
    }
    return Page("knowledge.html", values, connects_to=[documents.origin()] if visit.may("admin") else [])


def _bytes(visit: Visit) -> int | str:
    given = visit.form.number("bytes")
    return _UNKNOWN_SIZE if given is None else given


handler = console(TRIGGER, everything, upload, text, question, document, deleted)
