"""Both calendars' vendors on this machine, each a stand-in in a process of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

import httpx

from local.child import Child, address, listen

CLIENT: Final = "frontdesk"
"""Our client's id at both."""
GOOGLES: Final = "wei.chen@maple.example"
MICROSOFTS: Final = "priya.sharma@maple.example"
"""Two providers' mailboxes, one at each."""


class Calendars:
    """The stand-ins; with a directory they keep what they hold for the next start."""

    def __init__(
        self, directory: Path | None, secret: Callable[[str], str], log: IO[bytes] | None = None
    ) -> None:
        self._google, self._graph = listen(), listen()
        self._secrets = (secret("google-client-secret"), secret("microsoft-client-secret"))
        google, microsoft = self._secrets
        google_file, graph_file = (
            str(directory / f"{name}.json") if directory else None for name in ("google", "graph")
        )
        self._children = [
            Child(
                "local.google_calendar",
                self._google,
                {"client_id": CLIENT, "client_secret": google, "file": google_file},
                log=log,
            ),
            Child(
                "local.graph",
                self._graph,
                {
                    "client": [CLIENT, microsoft],
                    "file": graph_file,
                    "mailboxes": {MICROSOFTS: {"kind": "work"}},
                },
                log=log,
            ),
        ]

    @property
    def urls(self) -> dict[str, str]:
        """Where they are, by vendor."""
        return {"google": address(self._google), "outlook": address(self._graph)}

    @property
    def environment(self) -> dict[str, str]:
        """By what functions find them in the vendors' place."""
        google, graph = address(self._google), address(self._graph)
        of_google, of_microsoft = self._secrets
        return {
            "FRONTDESK_GOOGLE_API_URL": f"{google}/calendar/v3",
            "FRONTDESK_GOOGLE_TOKEN_URL": f"{google}/token",
            "FRONTDESK_GOOGLE_CONSENT_URL": f"{google}/o/oauth2/v2/auth",
            "FRONTDESK_GOOGLE_CLIENT_ID": CLIENT,
            "FRONTDESK_GOOGLE_CLIENT_SECRET": of_google,
            "FRONTDESK_GRAPH_API_URL": f"{graph}/v1.0",
            "FRONTDESK_MICROSOFT_TOKEN_URL": f"{graph}/common/oauth2/v2.0/token",
            "FRONTDESK_MICROSOFT_CONSENT_URL": f"{graph}/common/oauth2/v2.0/authorize",
            "FRONTDESK_MICROSOFT_CLIENT_ID": CLIENT,
            "FRONTDESK_MICROSOFT_CLIENT_SECRET": of_microsoft,
        }

    def wait_until_ready(self) -> None:
        """Returns when both answer."""
        for one in self._children:
            one.wait_until_ready()
        told = {"email": GOOGLES, "timeZone": "America/Vancouver"}
        httpx.put(f"{address(self._google)}/_account", json=told, trust_env=False).raise_for_status()

    def stop(self) -> None:
        """Ends both."""
        for one in self._children:
            one.stop()
        self._google.close()
        self._graph.close()
