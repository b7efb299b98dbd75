"""`/phone-numbers`: the numbers that callers dial, each one clinic's."""

from typing import Literal

from frontdesk.endpoint import Endpoint, Line, Nothing, Parameters
from frontdesk.tool import Wire

_DEADLINE_S = 15.0
"""Vapi is asked meanwhile."""


class One(Parameters):
    e164: Line


class PhoneNumber(Wire):
    """One of the clinic's numbers."""

    e164: str
    status: Literal["attaching", "attached", "failed", "releasing", "released"]
    """`failed`: ask for the same again; until it is `attached`, Vapi may send its calls elsewhere."""
    failure: str | None
    """Why Vapi did not do what was asked last."""


class PhoneNumbers(Wire):
    """By number."""

    phone_numbers: list[PhoneNumber]


LIST = Endpoint(method="GET", path="/phone-numbers", parameters=Nothing, answer=PhoneNumbers)
ATTACH = Endpoint(
    method="PUT",
    path="/phone-numbers/{e164}",
    parameters=One,
    answer=PhoneNumber,
    role="admin",
    deadline_s=_DEADLINE_S,
    uses_vapi=True,
    raises=("ClinicChanged",),
)
RELEASE = Endpoint(
    method="DELETE",
    path="/phone-numbers/{e164}",
    parameters=One,
    answer=PhoneNumber,
    role="admin",
    deadline_s=_DEADLINE_S,
    uses_vapi=True,
    raises=("ClinicChanged",),
)
ENDPOINTS = (LIST, ATTACH, RELEASE)
