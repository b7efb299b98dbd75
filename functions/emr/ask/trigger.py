"""What calls `emr/ask`: tools with a question to a clinic's EMR."""

from frontdesk.trigger import Invoked

# A question brings its own, shorter time.
TRIGGER = Invoked(layer="emr", asks_emrs=True)
