"""What calls `knowledge/embed`: whoever makes vectors of texts by the universal sentence encoder."""

from frontdesk.trigger import Invoked

TRIGGER = Invoked(layer="embedder")
