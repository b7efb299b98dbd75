"""Lambda behind `GET /calendars/{vendor}/callback`, where a vendor sends the browser back to."""

from frontdesk.calendars.callback import handler

__all__ = ["handler"]
