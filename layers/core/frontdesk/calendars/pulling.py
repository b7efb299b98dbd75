"""Inward: what changed in a connection's calendars becomes time that is taken."""

from frontdesk.calendars.turn import Turn


def pull(turn: Turn) -> None:
    """Reads what changed in each calendar that is somebody's."""
