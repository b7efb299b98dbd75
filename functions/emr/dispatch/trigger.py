"""When `emr/dispatch` runs."""

from datetime import timedelta

from frontdesk.trigger import Schedule

# What staff do in the EMR is known here within a minute or two.
TRIGGER = Schedule(every=timedelta(minutes=1), sends_to="emr/sync")
