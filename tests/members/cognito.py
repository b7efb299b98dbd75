"""People at the door, as the user pool tells of them, in the real shapes of `events/`, to our functions."""

import copy
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from functions.members.post_confirmation.handler import handler as post_confirmation
from functions.members.pre_token_generation.handler import handler as pre_token_generation
from tests.clinic import Context

_EVENTS = Path(__file__).parents[2] / "events"
_SIGNED_UP, _SIGNS_IN = (
    json.loads((_EVENTS / f"cognito_{name}.json").read_text())
    for name in ("post_confirmation", "pre_token_generation")
)


class Person:
    """A user of the pool."""

    def __init__(self, email: str = "owner@example.com", **attributes: str | None) -> None:
        self.sub = str(uuid4())
        mine = {"sub": self.sub, "email": email, "email_verified": "true", **attributes}
        self.attributes = {name: value for name, value in mine.items() if value is not None}

    def event(self, sample: dict[str, Any] = _SIGNED_UP, source: str | None = None) -> dict[str, Any]:
        """The pool's event about them."""
        made = copy.deepcopy(sample)
        made["userName"] = self.sub
        made["triggerSource"] = source or made["triggerSource"]
        made["request"]["userAttributes"] = {**self.attributes, "cognito:user_status": "CONFIRMED"}
        return made

    def signs_up(self, source: str | None = None) -> dict[str, Any]:
        """What the function answers the pool."""
        return post_confirmation(self.event(source=source), Context(5))

    def signing_in(self, source: str | None = None) -> dict[str, Any]:
        """The event before their tokens are made."""
        return self.event(_SIGNS_IN, source)

    def signs_in(self, source: str | None = None) -> dict[str, Any] | None:
        """The `app_metadata` of their tokens; None when they have none."""
        answer = pre_token_generation(self.signing_in(source), Context(5))
        added = answer["response"]["claimsAndScopeOverrideDetails"]
        if added is None:
            return None
        assert added["idTokenGeneration"] == added["accessTokenGeneration"]
        return added["idTokenGeneration"]["claimsToAddOrOverride"]["app_metadata"]


def invited(email: str) -> Person:
    """Somebody whom `AdminCreateUser` made: no sign-up, and marked."""
    return Person(email, **{"custom:invited": "true"})
