"""The variables that the server sends when a call starts, for prompts to fill in; here and nowhere else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from frontdesk.speech import times
from frontdesk.speech.language import Language

CLINIC: Final = ("clinicName", "clinicNameZh", "timeZone", "hours", "knowledge")
"""What is the clinic's, whoever calls; `knowledge` is what its documents say of what is asked most."""
MOMENT: Final = ("localTime", "today", "isOpen")
"""What is so when it rings: the time in words, `YYYY-MM-DD`, and `yes`, `no` or `unknown`."""
CALLER: Final = ("language", "callerMemory", "callerNameHint")
"""What is the caller's: `en` or `zh`, what is remembered, how the network spells their name."""
AGENT: Final = ("greeting", "greetingZh", "instructions")
"""What a clinic's agent adds to the squad that all share."""
PURPOSE: Final = ("purpose", "purposeDetail")
"""Why the clinic calls, when it is we who call."""
ALL: Final = (*CLINIC, *MOMENT, *CALLER, *AGENT, *PURPOSE)
LONGEST: Final = 10_000
"""Characters; Vapi takes no more in an alias, and says nothing of other variables."""


def of_moment(now: datetime, language: Language, *, is_open: bool | None) -> dict[str, str]:
    """`language`, and what is so at `now` in the clinic's zone; `is_open` is None where nobody knows."""
    return {
        "language": language,
        "localTime": times.say_moment(now, language),
        "today": now.date().isoformat(),
        "isOpen": {True: "yes", False: "no", None: "unknown"}[is_open],
    }


def clean(values: Mapping[str, str | None]) -> dict[str, str]:
    """The same, every one there and none too long: an absent variable may be read aloud as its braces.

    Braces are taken out, for Vapi may read what a variable holds as Liquid again.
    """
    return {name: (text or "").replace("{{", "").replace("{%", "")[:LONGEST] for name, text in values.items()}
