"""Every error of the member API in one form, a problem document (RFC 9457); nobody's words stand in one."""

from http import HTTPStatus
from typing import Any, Final

import psycopg
from pydantic import ValidationError

from frontdesk.errors import Declined, FrontdeskError, ProviderFailed, Stale, Unclear, Unknown

MEDIA_TYPE: Final = "application/problem+json"


class Problem(FrontdeskError):
    """An error as a member's program is told it."""

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        """Keeps what the document is made of.

        Args:
            status: of HTTP.
            detail: one English sentence: what is so, and what to do next.
            members: further fields of the document, under their wire names.
        """
        self.status, self.detail, self.members = status, detail, members
        super().__init__(detail)

    @property
    def document(self) -> dict[str, Any]:
        """The document; its title is HTTP's own name of the status, so its type is `about:blank`."""
        title = HTTPStatus(self.status).phrase
        about = {"type": "about:blank", "title": title, "status": self.status, "detail": self.detail}
        return about | self.members


def not_taken(*errors: tuple[str, str]) -> Problem:
    """422 for fields that are read and can't be taken, each with a sentence that doesn't repeat its value."""
    told = [{"field": field, "detail": detail} for field, detail in errors]
    return Problem(422, NOT_TAKEN, errors=told)


def unread(invalid: ValidationError) -> Problem:
    """422 for a body of the wrong fields, 400 for one that is no JSON; never with what was sent in them."""
    found = invalid.errors(include_url=False, include_input=False, include_context=False)
    if found[0]["type"] == "json_invalid":
        return Problem(400, NOT_TAKEN, errors=[{"field": "", "detail": found[0]["msg"]}])
    return not_taken(
        *(
            (".".join(str(part) for part in error["loc"]), error["msg"].removeprefix("Value error, "))
            for error in found
        )
    )


NOT_TAKEN: Final = "The body can't be taken as it is; `errors` says where."


def problem_of(error: Exception) -> Problem:
    """What an error is to a member, by who can put it right."""
    match error:
        case Problem():
            return error
        case Unknown():
            return Problem(404, error.fact, **error.details)
        case Unclear():
            return Problem(400, error.fact, **error.details)
        case Stale():
            return Problem(412, error.fact, **error.details)
        case Declined():
            return Problem(409, error.fact, **error.details)
        case psycopg.errors.CheckViolation():
            # What the body's own rules let through and the table's don't; which one is our affair.
            return Problem(422, "These values don't go together, or one of them is out of its range.")
        case psycopg.errors.LockNotAvailable():
            return Problem(409, "Somebody else is changing the same just now. Try again.")
        case ProviderFailed() | psycopg.OperationalError():
            return Problem(503, "The database did not answer. Try again.")
        case _:
            return Problem(500, "Something failed here, and it is not the request's fault.")
