"""Whom a call was about, from the clinic's own rows: what its words are redacted by."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from frontdesk.call import Clinic
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.privacy.redaction import Known, Person

SQL: Final = queries.beside(__file__)

_LONG: Final = 1_000_000
"""Seven digits."""


def known(db: Transaction, clinic: Clinic, call_id: str) -> Known:
    """The caller, whoever was looked up or has the caller's number, and what is public about the clinic."""
    found = db.value(SQL["known"], call_id=call_id)
    return Known(
        people=tuple(_person(row) for row in found["people"]),
        phones=tuple(found["phones"]),
        providers=tuple(found["providers"]),
        clinic=tuple(
            text for text in (clinic.name, clinic.name_zh, clinic.address, clinic.phone_number) if text
        ),
    )


def redacted(value: Any, redact: Callable[[str], str]) -> Any:
    """JSON with every text in it redacted, keys too: a model names them as it likes.

    A number as long as a telephone's is redacted as it is written, and becomes its placeholder.
    """
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, int | float) and abs(value) >= _LONG:
        return value if (text := redact(str(value))) == str(value) else text
    if isinstance(value, list):
        return [redacted(one, redact) for one in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {redact(str(key)): redacted(one, redact) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def _person(row: dict[str, Any]) -> Person:
    fields: dict[str, Any] = {name: row[name] for name in Person._fields if name in row}
    fields["birth_date"] = date.fromisoformat(row["birth_date"])
    return Person(**fields, phones=(row["phone"],))
