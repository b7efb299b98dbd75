"""Who comes to `console/originals`: owners. A function of its own: no other page may read what it may."""

from frontdesk.trigger import Console

TRIGGER = Console(routes=("GET /console/originals/{id}",), uses=("calls/originals",))
