"""The squad that all clinics share: its name, who is in it, and its id at Vapi where nobody has noted it."""

import time
from collections.abc import Mapping
from typing import Any, Final, cast

from frontdesk import secrets
from frontdesk.errors import ProviderFailed
from frontdesk.logs import described, logger
from frontdesk.settings import settings
from frontdesk.speech.language import LANGUAGES, Language

SHARED_SQUAD: Final = "frontdesk"
"""The name of the squad that `frontdesk vapi push` keeps, in `resources/squads/frontdesk.yml`."""
ROUTER: Final = "router"
ROLES: Final = ("patient-id", "registration", "booking", "modification")
"""Each is there once a language, as `booking-zh`."""
MEMBERS: Final = frozenset({ROUTER, *(f"{role}-{language}" for role in ROLES for language in LANGUAGES)})
CONTEXT: Final[Mapping[str, Any]] = {"type": "lastNMessages", "maxMessages": 20}
"""What goes along at a handover, as the squad's own handovers have it."""
_PATIENCE_S: Final = 1.0
"""For a connection, and then for the answer."""
_AGAIN_S: Final = 30.0
"""A squad that isn't there is not looked for with every call."""

_looked_in_vain_at = float("-inf")


def member_in(language: Language, of: str) -> str | None:
    """Who does the same in that language as the member of that name; None for the router, and for nobody."""
    role = next((role for role in ROLES if of in (role, *(f"{role}-{each}" for each in LANGUAGES))), None)
    return role and f"{role}-{language}"


def forget() -> None:
    """The next one looks again at once."""
    global _looked_in_vain_at
    _looked_in_vain_at = float("-inf")


def look_up() -> str | None:
    """The shared squad's id at Vapi; None when it isn't there or Vapi doesn't say so within two seconds."""
    global _looked_in_vain_at
    if time.monotonic() - _looked_in_vain_at < _AGAIN_S:
        return None
    import httpx  # 165 ms, once in the life of a stage

    try:
        answer = httpx.get(
            f"{settings().vapi_api_url}/squad?limit=1000",
            headers={"authorization": f"Bearer {secrets.vapi_private_key()}"},
            timeout=_PATIENCE_S,
            trust_env=False,
            # Reading certificates takes long, and plain HTTP to a stand-in has no use for them.
            verify=settings().vapi_api_url.startswith("https:"),
        ).raise_for_status()
        squads = cast("list[dict[str, Any]]", answer.json())
        found = next((each["id"] for each in squads if each.get("name") == SHARED_SQUAD), None)
    except (ProviderFailed, httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as failed:
        logger.error("Vapi did not say which squad is ours", extra=described(failed))
        found = None
    if found is None:
        _looked_in_vain_at = time.monotonic()
    return found
