"""What the clinic's documents say of what callers ask most."""

from uuid import UUID


def rebuild(org_id: UUID, deadline: float) -> None:
    """Makes it anew."""
