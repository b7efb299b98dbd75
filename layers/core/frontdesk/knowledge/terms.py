"""The words of passages, as a search by words finds them."""

from collections.abc import Sequence

from frontdesk.db.transaction import Transaction


def write(db: Transaction, chunk_ids: Sequence[int], texts: Sequence[str], version_id: int) -> None:
    """Writes down what stands in these passages."""
