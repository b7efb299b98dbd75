"""Lambda fed by every upload of a document, and by every deletion: keeps what callers are answered from."""

from uuid import UUID

from pydantic import BaseModel, RootModel

from frontdesk.knowledge import digest, ingesting
from frontdesk.queue import Attempt, consume


class Object(BaseModel):
    key: str


class Uploaded(BaseModel):
    """What S3 tells of an object that was put."""

    object: Object


class Deleted(BaseModel):
    """A document of this clinic went."""

    org_id: UUID


class Told(RootModel[Uploaded | Deleted]):
    """Either."""


@consume(Told)
def handler(told: Told, attempt: Attempt) -> None:
    """One upload, or what is left after a deletion."""
    match told.root:
        case Uploaded(object=Object(key=key)):
            ingesting.ingest(key, attempt)
        case Deleted(org_id=org_id):
            digest.rebuild(org_id, attempt.deadline)
