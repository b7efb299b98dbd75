"""When `members/post_confirmation` runs: somebody has confirmed their address, or a new password."""

from frontdesk.trigger import UserPool

TRIGGER = UserPool("PostConfirmation")
