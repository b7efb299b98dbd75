"""`/documents`: what callers are answered from, added, watched and deleted."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AnyHttpUrl, Field, TypeAdapter, ValidationError, model_validator

from frontdesk.endpoint import Body, Endpoint, Id, Name, Nothing, Parameters
from frontdesk.tool import Wire

LARGEST_TEXT = 4 * 1024 * 1024
"""Bytes: what is longer is uploaded as a file."""
Status = Literal["awaiting_upload", "queued", "extracting", "embedding", "ready", "failed"]
_ADDRESS = TypeAdapter(AnyHttpUrl)


class One(Parameters):
    id: Id


def _address(text: str) -> str:
    try:
        _ADDRESS.validate_python(text)
    except ValidationError:  # which would repeat what was sent
        raise ValueError("An address of the web looks like https://clinic.example.") from None
    return text


class New(Body):
    """A file that is to be uploaded, or a text. The name of a document that is there makes a new version."""

    name: Name
    """A file's, with its ending, such as `fees.pdf`; callers are told it as the source."""
    bytes: Annotated[int, Field(ge=0)] | None = None
    """Of the file, which is then posted to `upload`."""
    text: Annotated[str, Field(max_length=LARGEST_TEXT)] | None = None
    """Instead of a file: plain, Markdown, HTML or CSV."""
    source_url: Annotated[str, Field(max_length=2000), AfterValidator(_address)] | None = None
    """Where a text was copied from; nobody fetches it."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.bytes is None) == (self.text is None):
            raise ValueError("Send either the `bytes` of a file, or a `text`.")
        if self.text is not None and len(self.text.encode("utf-8", "replace")) > LARGEST_TEXT:
            raise ValueError("The `text` is too long: upload it as a file.")
        if self.source_url is not None and self.text is None:
            raise ValueError("A `sourceUrl` goes with a `text`.")
        return self


class Upload(Wire):
    """Where to post the file: a form (`multipart/form-data`) of these fields, and after them `file`."""

    url: str
    fields: dict[str, str]


class Added(Wire):
    """What to watch at `GET /documents/{id}`."""

    id: int
    version_id: int
    status: Status
    upload: Upload | None
    """Null for a text; good for a quarter of an hour."""


class Progress(Wire):
    """How far the newest version is."""

    read_pages: int
    pages: int | None
    """Null while it isn't known, and of what has no pages."""
    embedded: int
    """Passages that a question could find."""
    passages: int


class Suspicion(Wire):
    """A passage that reads like an order to a model. It is found like any other; is it meant to be there?"""

    page: int | None
    words: str
    """Its first."""


class Document(Wire):
    """One document, by its newest version."""

    id: int
    version_id: int
    name: str
    source_url: str | None
    status: Status
    failure: str | None
    """Why it can't be used, and what to do."""
    is_searched: bool
    """Whether callers are answered from it; until a new version is ready, from the one before."""
    kind: str | None
    """What it really is: `pdf`, `docx`, `html`, `markdown`, `csv`, `text`."""
    bytes: int | None
    progress: Progress
    unread_pages: list[int]
    """Pages without text, such as scans."""
    warnings: list[Suspicion]
    """At most twenty."""
    added_at: datetime
    changed_at: datetime


class Documents(Wire):
    """All of them, by name."""

    documents: list[Document]


class Part(Parameters):
    id: Id
    cursor: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """A page's `nextCursor`."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Chunk(Wire):
    """One passage, as a search finds it."""

    place: int
    """In the document, from 0."""
    page: int | None
    heading: str
    """What it stands under, outermost first."""
    text: str
    is_suspicious: bool
    """Whether it reads like an order to a model."""


class Chunks(Wire):
    """One page, in the document's order."""

    chunks: list[Chunk]
    next_cursor: int | None
    """Null on the last page."""


class Deleted(Wire):
    """It is gone, and so is what was told to callers of it."""

    id: int


ADD = Endpoint(
    method="POST",
    path="/documents",
    parameters=Nothing,
    body=New,
    answer=Added,
    role="admin",
    status=201,
    largest_body=5 * 1024 * 1024,
    writes=("documents",),
)
LIST = Endpoint(method="GET", path="/documents", parameters=Nothing, answer=Documents)
READ = Endpoint(method="GET", path="/documents/{id}", parameters=One, answer=Document)
CHUNKS = Endpoint(method="GET", path="/documents/{id}/chunks", parameters=Part, answer=Chunks)
DELETE = Endpoint(
    method="DELETE",
    path="/documents/{id}",
    parameters=One,
    answer=Deleted,
    role="admin",
    deadline_s=25,
    raises=("ClinicChanged", "DigestOutdated"),
)
ENDPOINTS = (ADD, LIST, READ, CHUNKS, DELETE)
