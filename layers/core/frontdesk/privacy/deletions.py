"""What lies outside the database and is to be gone: calls at Vapi, objects in S3.

A row asks for it, written in the transaction that lets go of the thing here. Nothing is locked while the
other side is awaited, and what it refuses is tried again by the next run.
"""

import time
from typing import Final, NamedTuple
from urllib.parse import quote
from uuid import UUID

from frontdesk.db.claims import clinic_transaction
from frontdesk.errors import ProviderFailed
from frontdesk.privacy.sealing import SQL
from frontdesk.settings import settings
from frontdesk.vapi.api import Vapi
from frontdesk.vapi.kinds import CALLS

_MOST: Final = 100
"""Of one clinic's turn."""
_PATIENCE_S: Final = 4.0
"""Of one question to the database."""


class _Deletion(NamedTuple):
    id: int
    kind: str
    name: str


class Done(NamedTuple):
    """How many."""

    deleted: int
    failed: int


def perform(org_id: UUID, vapi: Vapi, *, ends: float) -> Done:
    """Deletes elsewhere what this clinic asks for, until `ends` on the clock of `time.monotonic`.

    Nothing while its legal hold stands.
    """
    with clinic_transaction(org_id, time.monotonic() + _PATIENCE_S) as db:
        asked = db.all(_Deletion, SQL["deletions_to_do"], most=_MOST)
    failures: list[str | None] = []
    for one in asked:
        if time.monotonic() > ends:
            break
        try:
            _delete(one, vapi)
            failures.append(None)
        except ProviderFailed as failed:
            failures.append(str(failed)[:200])
        with clinic_transaction(org_id, time.monotonic() + _PATIENCE_S) as db:
            db.run(SQL["deletion_tried"], id=one.id, failure=failures[-1])
    deleted = failures.count(None)
    return Done(deleted, len(failures) - deleted)


def _delete(one: _Deletion, vapi: Vapi) -> None:
    """Raises `ProviderFailed` when it may still be there; that it was gone already is no failure."""
    if one.kind == "vapi_call":
        # The id is what a message said: no path may be made of it.
        vapi.delete(CALLS, quote(one.name, safe=""))
        return
    from frontdesk import aws  # boto3: only where there is something in S3

    if settings().store is None:
        raise ProviderFailed("where objects lie is not known here (FRONTDESK_STORE)")
    try:
        aws.client("s3").delete_object(Bucket=settings().store, Key=one.name)
    except aws.FAILED as failed:
        raise ProviderFailed(f"S3 did not delete it: {type(failed).__name__}") from failed
