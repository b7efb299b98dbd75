"""Where a voice can be heard: Vapi's own library has a recording of most.

`GET /voice-library/{provider}` answers an array of `VoiceLibrary`. The schema is in Vapi's API document; the
route isn't, but its dashboard and much public code ask it (read 2026-11-23). A `previewUrl` may be signed for
an hour, so none is kept.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from frontdesk.vapi.api import Refused, Vapi

_NAMES: Final = ("providerId", "slug")
"""By which of them a voice is called where an assistant has it."""


def preview_url(vapi: Vapi, voice: Mapping[str, Any]) -> str | None:
    """The address of its recording, for some minutes; None: there is none.

    `voice` is Vapi's `voice` of an assistant. Raises `VapiFailed`.
    """
    try:
        library = vapi.voices(voice["provider"])
    except Refused as refused:
        if refused.status == 404:
            return None
        raise
    wanted = voice["voiceId"].casefold()
    for one in library:
        url = str(one.get("previewUrl") or "")
        is_it = wanted in (str(one.get(name)).casefold() for name in _NAMES)
        if is_it and _leads_to_the_web(url, plain=vapi.host):
            return url
    return None


def _leads_to_the_web(url: str, *, plain: str) -> bool:
    """A browser is sent there: to nothing else, and unencrypted only to that host, a stand-in of Vapi's."""
    if not url.isascii() or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.netloc) and (parts.scheme == "https" or (parts.scheme, parts.netloc) == ("http", plain))
