"""The member API as a member of one clinic has it: of a stack that runs here, or at another address."""

import os
from pathlib import Path
from typing import Any, Final, Self

import httpx

from cli.explained import Misnamed
from local import addresses

TOKEN: Final = "FRONTDESK_TOKEN"  # noqa: S105 - the name of a variable
PATIENCE_S: Final = 30


class MemberApi:
    """Speaks for one member."""

    def __init__(self, api_url: str, token: str, clinic: str | None = None) -> None:
        """`clinic` is its name, where that is known without asking."""
        headers = {"authorization": f"Bearer {token}"}
        self.clinic = clinic
        self._http = httpx.Client(base_url=api_url, headers=headers, timeout=PATIENCE_S)

    @classmethod
    def every(cls, org: str | None, data: Path | None, api_url: str | None) -> list[Self]:
        """One for each clinic of the running stack, or for `org` alone; or of whoever's token is set.

        Raises `Misnamed` and `NotRunning`.
        """
        if api_url is not None:
            token = os.environ.get(TOKEN)
            if not token:
                raise Misnamed(f"set {TOKEN} to a member's token of the clinic, for {api_url}")
            return [cls(api_url, token)]
        stack = addresses.read(data or addresses.DEFAULT_DIRECTORY)
        known = [one for one in stack.organizations if "jwt" in one]
        named = [one for one in known if org and org.casefold() in (one["id"], one["name"].casefold())]
        if org and not named:
            raise _nobody(known)
        return [cls(stack.api_url, one["jwt"], one["name"]) for one in named or known]

    @classmethod
    def found(cls, org: str | None, data: Path | None, api_url: str | None) -> Self:
        """Of one clinic, which has to be named where there are several. Raises as `every` does."""
        found = cls.every(org, data, api_url)
        if len(found) != 1:
            for one in found:
                one.close()
            raise _nobody([{"name": one.clinic} for one in found])
        return found[0]

    def close(self) -> None:
        """Lets go of the connection."""
        self._http.close()

    def told(self, method: str, path: str, **sent: Any) -> Any:
        """The answer. Raises `Misnamed` with what the API says, if that is no."""
        try:
            answer = self._http.request(method, path, **sent)
        except httpx.HTTPError as failed:
            url = self._http.base_url
            raise Misnamed(f"no answer from {url} ({type(failed).__name__}); is it running?") from failed
        if not answer.is_error:
            return answer.json()
        try:
            problem: dict[str, Any] = answer.json()
            fields = [f"{one['field']}: {one['detail']}" for one in problem.get("errors", [])]
            details = fields or [problem["detail"]]
        except (ValueError, LookupError):
            details = [f"{method} {path}: {answer.status_code}"]
        raise Misnamed(" ".join(details))


def _nobody(known: list[dict[str, Any]]) -> Misnamed:
    there = ", ".join(one["name"] for one in known) or "none"
    return Misnamed(f"name the clinic with --org; there are: {there}")
