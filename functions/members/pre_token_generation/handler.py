"""Lambda that writes into tokens which clinic somebody belongs to."""

from typing import Any

from frontdesk.logs import described, logger
from frontdesk.members import sign_up


class SignInFailed(Exception):
    """What Cognito tells the person; it makes no token then."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The event with `app_metadata` for both tokens, an object; as it was for somebody of no clinic.

    Raises `SignInFailed` when the database is away: a token without a clinic would keep them out for an hour.
    """
    try:
        place = sign_up.come_in(sign_up.person(event), sign_up.deadline(context))
    except Exception as failed:  # noqa: BLE001 - whatever it is, Cognito tells the person what we raise
        logger.error("a sign-in failed", extra=described(failed))
        raise SignInFailed("The clinic can't be looked up just now. Sign in again.") from None
    if place:
        claims = {"app_metadata": {"org_id": str(place.org_id), "role": place.role}}
        added = {"claimsToAddOrOverride": claims}
        event["response"]["claimsAndScopeOverrideDetails"] = {
            "idTokenGeneration": added,
            "accessTokenGeneration": added,
        }
    logger.info("token stamped", extra={"org_id": place and str(place.org_id)})
    return event
