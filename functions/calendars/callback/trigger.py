"""Who comes to `calendars/callback`, and what it may do."""

from frontdesk.trigger import Page

TRIGGER = Page(path="/calendars/{vendor}/callback", connects=True, timeout_s=28)
