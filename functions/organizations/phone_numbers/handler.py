"""Lambda behind `/phone-numbers` and `/phone-numbers/{e164}`."""

from frontdesk import events, secrets
from frontdesk.calls.entries import ClinicChanged
from frontdesk.endpoint import Nothing
from frontdesk.errors import ProviderFailed
from frontdesk.members.serving import Request, routed, serve
from frontdesk.organizations import phone_numbers
from frontdesk.settings import settings
from frontdesk.vapi.phone_numbers import VapiNumbers
from functions.organizations.phone_numbers.endpoint import (
    ATTACH,
    LIST,
    RELEASE,
    One,
    PhoneNumber,
    PhoneNumbers,
)


@serve(LIST)
def listing(request: Request[Nothing]) -> PhoneNumbers:
    """All of the clinic's numbers."""
    return PhoneNumbers(phone_numbers=[_shown(one) for one in phone_numbers.everyone(request.db)])


@serve(ATTACH)
def attach(request: Request[One]) -> PhoneNumber:
    """The number, and what Vapi said."""
    _tell(request)
    return _shown(
        phone_numbers.attach(
            request.db, request.parameters.e164, _vapi, server_url=f"{settings().public_url}/vapi/messages"
        )
    )


@serve(RELEASE)
def release(request: Request[One]) -> PhoneNumber:
    """The number, no longer the clinic's; or still, and why."""
    _tell(request)
    return _shown(phone_numbers.release(request.db, request.parameters.e164, _vapi))


def _tell(request: Request[One]) -> None:
    changed = ClinicChanged(org_id=request.member.org_id)
    request.afterwards.append(lambda: events.raise_event("ClinicChanged", changed))


def _vapi(deadline: float) -> VapiNumbers:
    if not settings().public_url:
        raise ProviderFailed("FRONTDESK_PUBLIC_URL is not set, so Vapi can't be told where we are")
    return VapiNumbers(settings().vapi_api_url, secrets.vapi_private_key(), deadline=deadline)


def _shown(one: phone_numbers.PhoneNumber) -> PhoneNumber:
    return PhoneNumber.model_validate(one._asdict())


handler = routed(listing, attach, release)
