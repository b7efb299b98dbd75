"""The platform that an operator's verb is about: its database, our address, Vapi's account; never mixed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cli.explained import Misnamed

if TYPE_CHECKING:
    from frontdesk.agents.status import Organization

_DATABASE: Final = "FRONTDESK_DATABASE_URL"
_ADDRESS: Final = "BACKEND_URL"
_KEY: Final = "VAPI_PRIVATE_KEY"
_VAPI: Final = "VAPI_BASE_URL"


class Platform(NamedTuple):
    vapi_url: str
    vapi_key: str | None
    """None: nobody said which."""

    def key(self) -> str:
        """Raises `Misnamed` when there is none."""
        if self.vapi_key is None:
            raise Misnamed(f"set {_KEY} to the private key of the platform's account at Vapi")
        return self.vapi_key


def connected(data: Path | None) -> Platform:
    """The stack that runs on `data`; else what the environment names; else the stack of `frontdesk dev`.

    Everything of one: a stack's database is never looked at beside another account. Raises `Misnamed` and
    `NotRunning`.
    """
    from frontdesk.settings import settings
    from local import addresses

    if data is None and os.environ.get(_DATABASE):
        address = os.environ.get(_ADDRESS)
        if not address:
            raise Misnamed(
                f"set {_ADDRESS} to the address of our API there: a tool at another address is another tool"
            )
        found = Platform(os.environ.get(_VAPI) or "https://api.vapi.ai", os.environ.get(_KEY))
    else:
        stack = addresses.read(data or addresses.DEFAULT_DIRECTORY)
        os.environ[_DATABASE], address = stack.app_database_url, stack.api_url
        found = Platform(stack.vapi_url, stack.vapi_private_key)
    os.environ["FRONTDESK_PUBLIC_URL"] = address.rstrip("/")
    settings.cache_clear()
    return found


def chosen(org: str | None) -> "list[Organization]":
    """The clinic of that id or name, or all; raises `Misnamed` when there is none or more than one."""
    from frontdesk.agents import status

    there = status.organizations()
    if org is None:
        return there
    found = [each for each in there if org.casefold() in (str(each.id), each.name.casefold())]
    if len(found) == 1:
        return found
    if found:
        ids = ", ".join(str(each.id) for each in found)
        raise Misnamed(f"{org!r} is the name of {len(found)} clinics; name one by its id: {ids}")
    listed = ", ".join(each.name for each in there[:20]) or "none"
    raise Misnamed(f"no clinic {org!r}; there are: {listed}{', …' if len(there) > 20 else ''}")
