"""What calls `emr/connect`: operators, by `frontdesk emr`; no function of ours may."""

from frontdesk.trigger import Invoked

# One of everything there is read, and seldom by two operators at once.
TRIGGER = Invoked(layer="emr", timeout_s=60, at_once=2, asks_emrs=True)
