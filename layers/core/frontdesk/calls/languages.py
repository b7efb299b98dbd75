"""Stands in until the change of language is merged: to be dropped at the merge."""

from collections.abc import Callable, Mapping
from typing import Any

from frontdesk.call import Clinic
from frontdesk.db.transaction import Transaction


def changed(db: Transaction, clinic: Clinic, message: Mapping[str, Any]) -> Callable[[], None] | None:
    """Nothing yet."""
