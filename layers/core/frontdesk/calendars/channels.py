"""Hints: where vendors post that something changed, kept open."""

from frontdesk.calendars.turn import Turn


def keep(turn: Turn) -> None:
    """Opens, lengthens and stops the connection's channels."""
