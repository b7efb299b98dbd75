"""What a clinic keeps of a call beside its rows: the sound, and the words as they were said, each in S3.

Both are copied once the report's transaction has been committed, and again if the report comes again and they
are not there.
"""

import json
import time
from collections.abc import Sequence
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from frontdesk import outside
from frontdesk.calls.transcripts import Turn
from frontdesk.db import queries
from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.errors import ProviderFailed, Unknown
from frontdesk.members import audit
from frontdesk.settings import settings

SQL: Final = queries.beside(__file__)

LARGEST_RECORDING: Final = 200 * 1024 * 1024
"""Bytes: three hours of stereo sound, uncompressed; what is larger stays where Vapi has it."""
_DOWNLOAD_S: Final = 40.0


class Wanted(NamedTuple):
    """What is to be copied, and isn't yet."""

    original: bool
    recording_url: str | None


class NoOriginal(Unknown):
    """Nothing was kept of that call, or nothing any more."""

    fact = "There is no original of that call."


class _Original(NamedTuple):
    object_name: str
    patient_id: int | None


def wanted(db: Transaction, call_id: str) -> Wanted:
    """By the clinic's settings, and by what is there."""
    return db.one(Wanted, SQL["wanted_copies"], call_id=call_id) or Wanted(original=False, recording_url=None)


def keep_original(org_id: UUID, call_id: str, turns: Sequence[Turn], deadline: float) -> None:
    """Puts the unredacted transcript under the key that is for nothing else; raises `ProviderFailed`."""
    from frontdesk import aws

    if not turns:
        return
    name = f"originals/{org_id}/{call_id}.json"
    body = [
        {"role": turn.role, "assistant": turn.assistant, "at": turn.at, "text": turn.text} for turn in turns
    ]
    try:
        aws.client("s3").put_object(
            Bucket=settings().store,
            Key=name,
            Body=json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace"),
            ContentType="application/json",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=settings().originals_key_arn,
        )
    except aws.FAILED as failed:
        raise ProviderFailed("the store did not take the original") from failed
    with clinic_transaction(org_id, deadline) as db:
        if not db.run(SQL["note_original"], call_id=call_id, object_name=name):
            db.run(SQL["drop_object"], object_name=name)


def original(db: Transaction, call_id: str) -> list[dict[str, Any]]:
    """The turns as they were said, and an entry of who read them; raises `NoOriginal`."""
    from frontdesk import aws

    found = db.one(_Original, SQL["original"], call_id=call_id)
    if found is None:
        raise NoOriginal
    audit.note(db, "call.original_read", patient_id=found.patient_id, of=call_id)
    with db.released():
        try:
            store = aws.client("s3")
            body = store.get_object(Bucket=settings().store, Key=found.object_name)["Body"].read()
        except aws.FAILED as failed:
            raise ProviderFailed("the store did not give the original") from failed
    return json.loads(body)


def keep_recording(org_id: UUID, call_id: str, url: str, deadline: float) -> None:
    """Copies the sound, by way of the disk; what may not be fetched, or is too large, stays with Vapi.

    Raises `ProviderFailed` when a later try may work.
    """
    from frontdesk import aws

    name = f"recordings/{org_id}/{call_id}{_ending(url)}"
    ends = min(deadline, time.monotonic() + _DOWNLOAD_S)
    store = aws.client("s3")
    try:
        with (
            outside.streamed(
                url, hosts=settings().recording_hosts, ends=ends, largest=LARGEST_RECORDING
            ) as parts,
            TemporaryFile() as sound,
        ):
            for part in parts:
                sound.write(part)
            sound.seek(0)
            store.upload_fileobj(sound, settings().store, name)
    except (outside.AddressRefused, outside.TooLarge):
        return
    except aws.FAILED as failed:
        raise ProviderFailed("the store did not take the recording") from failed
    with clinic_transaction(org_id, deadline) as db:
        if not db.run(SQL["note_recording"], call_id=call_id, object_name=name):
            db.run(SQL["drop_object"], object_name=name)


def _ending(url: str) -> str:
    suffix = PurePosixPath(urlsplit(url).path).suffix
    return suffix if suffix in (".wav", ".mp3", ".ogg", ".m4a") else ""
