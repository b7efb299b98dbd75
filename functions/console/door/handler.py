"""Lambda behind `/console` itself: signing in and out, and the files that pages are drawn with."""

from frontdesk.console.door import door
from functions.console.door.trigger import TRIGGER

handler = door(TRIGGER)
