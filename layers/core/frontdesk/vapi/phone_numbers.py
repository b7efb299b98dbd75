"""Vapi's own record of a telephone number: who answers its calls, and by which server that is decided.

One with none of `assistantId`, `squadId` and `workflowId` asks its server who answers (`assistant-request`).
Vapi's API document, `/phone-number`, read 2026-11-22.
"""

import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

import httpx

from frontdesk.errors import ProviderFailed
from frontdesk.vapi.kinds import CREDENTIAL

ANSWERED_BY: Final = ("assistantId", "squadId", "workflowId", "server")
"""The fields that decide who answers."""
_PAGE: Final = 1000
_MOST_PAGES: Final = 20
_ATTEMPTS: Final = 3
_PAUSE_S: Final = 0.2
_TIMEOUT: Final = httpx.Timeout(4.0, connect=2.0)


class KeyRefused(ProviderFailed):
    """Vapi says 401: the key isn't a live private one of its account."""


class VapiNumber(NamedTuple):
    """One number as Vapi has it."""

    id: str
    provider: str
    answered_by: dict[str, Any]
    """What it has of `ANSWERED_BY`."""


class VapiNumbers:
    """The numbers of one account. Every method raises `ProviderFailed`, in words that hold no secret."""

    def __init__(self, base_url: str, private_key: str, *, deadline: float) -> None:
        """Asks until `deadline`, on the clock of `time.monotonic`, and no longer."""
        self._deadline = deadline
        self._http = httpx.Client(
            base_url=base_url,
            headers={"authorization": f"Bearer {private_key}"},
            timeout=_TIMEOUT,
            trust_env=False,
            # Reading certificates takes long, and plain HTTP to a stand-in has no use for them.
            verify=base_url.startswith("https:"),
        )

    def __enter__(self) -> "VapiNumbers":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def find(self, e164: str) -> VapiNumber | None:
        """The number, if the account has it."""
        for item in self._all("/phone-number"):
            if item.get("number") == e164:
                before = {name: item[name] for name in ANSWERED_BY if item.get(name) is not None}
                return VapiNumber(item["id"], item.get("provider", "vapi"), before)
        return None

    def credential(self) -> str:
        """The id of the credential by which Vapi proves itself to us; without it we'd believe nothing."""
        for item in self._all("/credential"):
            if item.get("name") == CREDENTIAL:
                return item["id"]
        raise ProviderFailed(f"the account has no credential {CREDENTIAL}")

    def answer_by(self, number: VapiNumber, answered_by: Mapping[str, Any]) -> bool:
        """Gives it exactly these fields of `ANSWERED_BY`; False when the number is gone from the account."""
        body = {"provider": number.provider, **{name: answered_by.get(name) for name in ANSWERED_BY}}
        return self._ask("PATCH", f"/phone-number/{number.id}", body) is not None

    def _all(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list, newest first, by walking through `createdAt`."""
        found: dict[str, dict[str, Any]] = {}
        beyond = ""
        for _ in range(_MOST_PAGES):
            page = cast("list[dict[str, Any]]", self._ask("GET", f"{path}?limit={_PAGE}{beyond}") or [])
            found |= {item["id"]: item for item in page}
            if len(page) < _PAGE:
                break
            beyond = f"&createdAtLt={min(item['createdAt'] for item in page)}"
        return list(found.values())

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of the answer, None for 404; asked again, for both methods may be, while there is time."""
        why = "no time was left to ask Vapi"
        for attempt in range(_ATTEMPTS):
            pause_s = _PAUSE_S * 2**attempt if attempt else 0.0
            if time.monotonic() + pause_s + 0.5 > self._deadline:
                break
            time.sleep(pause_s)
            try:
                answer = self._http.request(method, path, json=body)
            except httpx.HTTPError as error:
                why = f"Vapi did not answer ({type(error).__name__})"
                continue
            if answer.status_code == 401:
                raise KeyRefused(
                    "Vapi does not take the platform's key; it must be the private one, not the public"
                )
            if answer.status_code == 404:
                return None
            if answer.status_code == 429 or answer.status_code >= 500:
                why = f"Vapi answered {answer.status_code}"
                continue
            if not answer.is_success:
                raise ProviderFailed(f"Vapi refused it with {answer.status_code}")
            try:
                return answer.json()
            except ValueError:
                why = "Vapi answered with something that is not JSON"
        raise ProviderFailed(why)
