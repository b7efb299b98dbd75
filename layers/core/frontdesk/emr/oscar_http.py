"""Requests to a clinic's OSCAR: each ends by the deadline of its call, and says how it failed."""

import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import Final

import httpx

from frontdesk.emr.emr import NoAnswer, NotAllowed
from frontdesk.emr.oscar_server import Server
from frontdesk.errors import DeadlineExceeded, ProviderFailed

_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer; a whole month of a busy provider is a tenth of it."""


@cache
def _public() -> ssl.SSLContext:
    """With all public authorities, which take 30 ms to read."""
    return httpx.create_ssl_context()


class Http:
    """One clinic's connections, kept open between calls; may be used by several threads."""

    def __init__(self, server: Server) -> None:
        # With `cadata` the public authorities are not loaded: only the pinned one counts.
        context = ssl.create_default_context(cadata=server.ca_pem) if server.ca_pem else _public()
        self._client = httpx.Client(verify=context, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Hangs up."""
        self._client.close()

    def ask(
        self,
        method: str,
        url: str,
        *,
        deadline: float,
        is_write: bool = False,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The whole answer, whatever its status but those below.

        Raises `DeadlineExceeded`, `NotAllowed` (401, 403, a certificate that isn't the pinned one),
        `ProviderFailed`, and `NoAnswer` in place of the last where a write may have been done.
        """
        left = deadline - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded("no time was left to ask OSCAR")
        request = self._client.build_request(method, url, content=content, headers=headers, timeout=left)
        try:
            answer = self._whole(request, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise NotAllowed("OSCAR's certificate is not one that is trusted") from None
            if isinstance(error, httpx.TimeoutException):
                raise DeadlineExceeded("OSCAR did not answer in time") from None
            raise ProviderFailed(f"OSCAR: {type(error).__name__}") from None
        except httpx.TimeoutException as error:
            if is_write:
                raise NoAnswer("OSCAR did not answer a write in time") from error
            raise DeadlineExceeded("OSCAR did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _failed(type(error).__name__, is_write=is_write) from error
        if answer.status_code in (401, 403):
            raise NotAllowed(f"OSCAR answered {answer.status_code}")
        if answer.status_code in (502, 503, 504):  # a proxy's: OSCAR itself may be at work all the same
            raise _failed(f"status {answer.status_code}", is_write=is_write)
        return answer

    def _whole(self, request: httpx.Request, deadline: float) -> httpx.Response:
        answer = self._client.send(request, stream=True)
        try:
            body = bytearray()
            # The timeout of a request starts anew with each part of the answer.
            request.extensions["timeout"]["read"] = max(0.001, deadline - time.monotonic())
            for part in answer.iter_bytes():
                body += part
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the deadline passed", request=request)
                if len(body) > _LARGEST:
                    raise httpx.RemoteProtocolError("too large", request=request)
        finally:
            answer.close()
        kept = {name: value for name, value in answer.headers.items() if name != "content-encoding"}
        return httpx.Response(answer.status_code, headers=kept, content=bytes(body), request=request)


def _failed(why: str, *, is_write: bool) -> ProviderFailed:
    return NoAnswer(f"OSCAR: {why}, to a write") if is_write else ProviderFailed(f"OSCAR: {why}")
