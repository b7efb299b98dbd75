"""How a part of Google's stand-in says no."""

from typing import Any


class Refused(Exception):
    """Google does not do what was asked, in the shape of its APIs' errors."""

    def __init__(
        self, status: int, reason: str, message: str, *, domain: str = "global", location: str | None = None
    ) -> None:
        """`location` is the parameter that is wrong, where it is one's fault."""
        super().__init__(message)
        self.status = status
        detail = {"domain": domain, "reason": reason, "message": message}
        if location:
            detail |= {"locationType": "parameter", "location": location}
        self.body: dict[str, Any] = {"error": {"errors": [detail], "code": status, "message": message}}


def invalid(message: str, location: str | None = None) -> Refused:
    """What a request that can't be meant is told."""
    return Refused(400, "invalid", message, location=location)


def not_found() -> Refused:
    """The same for what is not there and for what isn't shared."""
    return Refused(404, "notFound", "Not Found")
