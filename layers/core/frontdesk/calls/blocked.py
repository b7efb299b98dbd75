"""Callers whose calls a clinic doesn't take: they hear a short sentence."""

from datetime import datetime
from typing import NamedTuple

from frontdesk.calls.entries import SQL
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Unclear, Unknown
from frontdesk.members import audit
from frontdesk.patients import phones


class Blocked(NamedTuple):
    """One number, and since when."""

    number: str
    blocked_at: datetime


class NotBlocked(Unknown):
    """Its calls are taken."""

    fact = "This number isn't blocked."


class NoNumber(Unclear):
    """What stands in the path is no telephone number."""

    fact = "That is no telephone number; write it as +16045550199."


def everyone(db: Transaction) -> list[Blocked]:
    """All of them, by number."""
    return db.all(Blocked, SQL["blocked"], number=None)


def one(db: Transaction, text: str) -> Blocked:
    """Raises `NoNumber` and `NotBlocked`."""
    found = db.one(Blocked, SQL["blocked"], number=_read(text))
    if found is None:
        raise NotBlocked
    return found


def block(db: Transaction, text: str) -> Blocked:
    """Blocked from now on, or since before; raises `NoNumber`."""
    number = _read(text)
    if db.run(SQL["block"], number=number):
        audit.note(db, "caller.blocked")
    return one(db, number)


def unblock(db: Transaction, text: str) -> Blocked:
    """What was; raises `NoNumber` and `NotBlocked`."""
    was = one(db, text)
    db.run(SQL["unblock"], number=was.number)
    audit.note(db, "caller.unblocked")
    return was


def _read(text: str) -> str:
    number = phones.spoken_number(text)
    if number is None:
        raise NoNumber
    return number
