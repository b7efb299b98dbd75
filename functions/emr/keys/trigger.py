"""Who asks `emr/keys`: servers that speak FHIR, for the public halves of our keys."""

from frontdesk.endpoint import LAYER
from frontdesk.trigger import Page

TRIGGER = Page(path="/emr/jwks.json", shows_keys=True, layer=LAYER)
