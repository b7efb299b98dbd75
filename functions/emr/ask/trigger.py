"""What calls `emr/ask`: tools with a question to a clinic's EMR, and operators who connect one."""

from frontdesk.trigger import Invoked

# A tool's question brings its own, shorter time; an operator reads one of everything there.
TRIGGER = Invoked(layer="emr", timeout_s=60, asks_emrs=True)
