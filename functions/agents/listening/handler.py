"""Lambda behind `GET /voices/{voice}`."""

from typing import Final

from frontdesk import secrets
from frontdesk.agents import choices
from frontdesk.errors import Unknown
from frontdesk.members.serving import Request, routed, serve
from frontdesk.settings import settings
from frontdesk.vapi import voices
from frontdesk.vapi.api import Vapi
from functions.agents.listening.endpoint import LISTEN, One, Recording

_LONGEST_S: Final = 3.0
"""For one answer of Vapi."""


@serve(LISTEN)
def listen(request: Request[One]) -> Recording:
    """As Vapi's library has it at the moment."""
    voice = choices.VOICES.get(request.parameters.voice)
    if voice is None:
        raise Unknown("There is no such voice.")
    vapi = Vapi(settings().vapi_api_url, secrets.vapi_private_key(), attempts=2, longest_s=_LONGEST_S)
    try:
        url = voices.preview_url(vapi, voice.wire)
    finally:
        vapi.close()
    if url is None:
        raise Unknown("There is no recording of this voice.")
    return Recording(voice=voice.id, url=url)


handler = routed(listen)
