"""Stands in until the calls that the desk makes are merged: to be dropped at the merge."""

from frontdesk.db.transaction import Transaction


def settle(db: Transaction, item_id: int, call_id: str | None, ended_reason: str) -> None:
    """Nothing yet."""
