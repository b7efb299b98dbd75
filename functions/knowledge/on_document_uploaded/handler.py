"""Lambda fed by whatever changes what callers are answered from: an upload, a deletion, other languages."""

from uuid import UUID

from pydantic import BaseModel, RootModel

from frontdesk.knowledge import digest, ingesting
from frontdesk.queue import Attempt, consume


class Object(BaseModel):
    key: str


class Uploaded(BaseModel):
    """What S3 tells of an object that was put."""

    object: Object


class Outdated(BaseModel):
    """What this clinic's digest is made of changed: a document went, or its languages are others."""

    org_id: UUID


class Told(RootModel[Uploaded | Outdated]):
    """Either."""


@consume(Told)
def handler(told: Told, attempt: Attempt) -> None:
    """One upload, or a digest."""
    match told.root:
        case Uploaded(object=Object(key=key)):
            ingesting.ingest(key, attempt)
        case Outdated(org_id=org_id):
            digest.rebuild(org_id, attempt.deadline)
