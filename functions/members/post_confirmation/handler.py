"""Lambda that makes a clinic for whoever has signed up.

The sign-up succeeds whatever happens here: what fails is made up for when they sign in.
"""

from typing import Any, Final

from frontdesk.logs import described, logger
from frontdesk.members import sign_up

_SIGNED_UP: Final = "PostConfirmation_ConfirmSignUp"
"""The other source of this trigger is a forgotten password."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The event itself, as Cognito wants it."""
    if event["triggerSource"] == _SIGNED_UP:
        try:
            sign_up.sign_up(sign_up.person(event), sign_up.deadline(context))
        except Exception as failed:  # noqa: BLE001 - the person has signed up, whatever this one says
            logger.error("a sign-up is to be made up for", extra=described(failed))
        else:
            logger.info("signed up")
    return event
