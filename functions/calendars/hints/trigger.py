"""Who posts to `calendars/hints`, and who goes and looks."""

from frontdesk.trigger import Hook

TRIGGER = Hook(path="/calendars/{vendor}/hints", sends_to="calendars/sync")
