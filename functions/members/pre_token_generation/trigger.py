"""When `members/pre_token_generation` runs: at each sign-in, and when a token is renewed."""

from frontdesk.trigger import UserPool

TRIGGER = UserPool("PreTokenGeneration")
