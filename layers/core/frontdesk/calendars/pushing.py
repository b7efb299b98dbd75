"""Outward: what became of visits is put into their providers' calendars."""

from frontdesk.calendars.turn import Turn


def push(turn: Turn) -> None:
    """Makes, moves and deletes the events that are due."""
