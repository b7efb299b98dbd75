"""E-mail addresses as they are kept and compared. Imports no AWS and no SQL: definitions use it."""

import re
from typing import Final

from pydantic_core import PydanticCustomError

_ADDRESS: Final = re.compile(r"[^@\s\x00-\x20\x7f]{1,64}@[^@\s\x00-\x20\x7f]{1,190}")


def address(email: str) -> str:
    """The address, trimmed and in lower case; raises pydantic's `ValueError` when it is none."""
    email = email.strip().lower()
    if not _ADDRESS.fullmatch(email):
        raise PydanticCustomError("no_address", "not an e-mail address")
    return email
