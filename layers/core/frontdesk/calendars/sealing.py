"""What nobody but us may read or make: encrypted by KMS for one use, which it opens for and no other."""

from collections.abc import Sequence
from typing import Final

from frontdesk import aws
from frontdesk.errors import FrontdeskError, ProviderFailed
from frontdesk.settings import settings

_MOST: Final = 4096
"""Bytes that KMS encrypts at once; an access token of Microsoft's can be longer."""
_WRONG: Final = ("InvalidCiphertextException", "IncorrectKeyException")


class Unreadable(FrontdeskError):
    """It wasn't made by us, or for another use."""


def seal(text: str, **use: str) -> list[bytes]:
    """The text, encrypted in parts; `use` is KMS's encryption context. Raises `ProviderFailed`."""
    raw = text.encode()
    parts = [raw[at : at + _MOST] for at in range(0, len(raw), _MOST)]
    return [_asked("encrypt", part, use | {"part": str(nth)}) for nth, part in enumerate(parts)]


def unseal(parts: Sequence[bytes], **use: str) -> str:
    """What was sealed for that use. Raises `Unreadable`, `ProviderFailed`."""
    opened = [_asked("decrypt", part, use | {"part": str(nth)}) for nth, part in enumerate(parts)]
    return b"".join(opened).decode()


def _asked(operation: str, blob: bytes, use: dict[str, str]) -> bytes:
    given, answered = (
        ("Plaintext", "CiphertextBlob") if operation == "encrypt" else ("CiphertextBlob", "Plaintext")
    )
    asked = {"KeyId": settings().calendars_key_arn, "EncryptionContext": use, given: blob}
    try:
        return getattr(aws.client("kms"), operation)(**asked)[answered]
    except aws.ClientError as refused:
        if aws.code_of(refused) in _WRONG:
            raise Unreadable from None
        raise ProviderFailed(f"KMS: {aws.code_of(refused)}") from None
    except aws.FAILED as failed:
        raise ProviderFailed(f"KMS: {aws.name_of(failed)}") from None
