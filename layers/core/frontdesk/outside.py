"""The one gate for addresses that come from outside: a message, a document, another server's answer.

https, an allowed host, an address that is public, no redirects, a timeout. What passes may be asked;
nothing else is.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from frontdesk.errors import ProviderFailed
from frontdesk.settings import settings

LONGEST: Final = 2_000
"""Characters of an address."""
LARGEST: Final = 256 * 1024
"""Bytes of a document that is fetched."""
_LOOPBACK: Final = ipaddress.ip_network("127.0.0.0/8")
_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""Of IPv6 (RFC 4291, 2.4); beside it lie prefixes that a gateway makes IPv4 of, such as NAT64's."""


class AddressRefused(ProviderFailed):
    """The address is not one we may ask; it was not asked."""


class TooLarge(ProviderFailed):
    """There is more of it than is taken; no later try makes it less."""


class Unsuccessful(ProviderFailed):
    """It answered, by another status than 2xx."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"status {status}")


def checked(url: str, *, hosts: Iterable[str], ports: Iterable[int] = (443,)) -> str:
    """The address itself when it may be asked; raises `AddressRefused`, without repeating it.

    `hosts` are names, or `*.name` for any name below one; `ports` those of https. A loopback address passes
    only in the local stack, and only when it is listed.
    """
    if not (url.isascii() and url.isprintable() and len(url) <= LONGEST):
        raise AddressRefused("not an address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise AddressRefused("not an address") from error
    if parts.username is not None or parts.password is not None or not _is_listed(host, hosts):
        raise AddressRefused("the host is not allowed")
    if settings().stage == "local" and _is_loopback(host):
        return url
    if parts.scheme != "https" or (port or 443) not in ports:
        raise AddressRefused("only https on its own port")
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the second of a label that no name can have
        raise AddressRefused("the host has no address") from error
    if not found or not all(_is_public(str(one[4][0]).split("%")[0]) for one in found):
        raise AddressRefused("the host's address is not public")
    return url


def post(
    url: str,
    body: Any = None,
    *,
    hosts: Iterable[str],
    timeout_s: float,
    form: Mapping[str, str] | None = None,
) -> None:
    """Posts JSON, or a form, to a checked address; raises `ProviderFailed` unless the answer is 2xx.

    Its body is not read: one that comes byte by byte would start the timeout anew with each.
    """
    allowed = checked(url, hosts=hosts)
    import httpx  # 165 ms that only the few calls which leave this house pay

    try:
        with httpx.stream(
            "POST",
            allowed,
            json=body,
            data=form,
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
        ) as answer:
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderFailed(type(error).__name__) from error
    if not httpx.codes.is_success(status):
        raise ProviderFailed(f"status {status}")


def fetched(
    url: str, *, hosts: Iterable[str], timeout_s: float, form: Mapping[str, str] | None = None
) -> Any:
    """The JSON at a checked address, or what it answers to a form that is posted there.

    Raises `ProviderFailed` unless it comes whole, in time, and as JSON; `Unsuccessful` for another status.
    """
    allowed = checked(url, hosts=hosts)
    import httpx

    ends = time.monotonic() + timeout_s
    body = bytearray()
    try:
        with httpx.stream(
            "GET" if form is None else "POST",
            allowed,
            data=form,
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
        ) as answer:
            if not answer.is_success:
                raise Unsuccessful(answer.status_code)
            for part in answer.iter_bytes():
                body += part
                # httpx' own timeout starts anew with each part.
                if len(body) > LARGEST or time.monotonic() > ends:
                    raise ProviderFailed("too large or too slow")
        return json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        raise ProviderFailed(type(error).__name__) from error


@contextmanager
def streamed(url: str, *, hosts: Iterable[str], ends: float, largest: int) -> Generator[Iterator[bytes]]:
    """What is at a checked address, part by part, as bytes.

    Raises `ProviderFailed` unless it comes whole before `ends`, on the clock of `time.monotonic`, and
    `TooLarge` beyond `largest` bytes.
    """
    allowed = checked(url, hosts=hosts)
    import httpx

    def parts(answer: httpx.Response) -> Iterator[bytes]:
        size = 0
        for part in answer.iter_bytes():
            size += len(part)
            if size > largest:
                raise TooLarge("larger than is taken")
            if time.monotonic() > ends:
                raise ProviderFailed("too slow")
            yield part

    try:
        left = max(0.1, ends - time.monotonic())
        with httpx.stream("GET", allowed, timeout=left, follow_redirects=False, trust_env=False) as answer:
            if not answer.is_success:
                raise ProviderFailed(f"status {answer.status_code}")
            yield parts(answer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderFailed(type(error).__name__) from error


def _is_listed(host: str, hosts: Iterable[str]) -> bool:
    return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in hosts)


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    # 6to4 and Teredo have an IPv4 address in them, which may be anybody's, and Python calls some global.
    is_other = ip.version == 6 and (ip not in _UNICAST or ip.sixtofour is not None or ip.teredo is not None)
    return ip.is_global and not ip.is_multicast and not is_other


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in _LOOPBACK
    except ValueError:
        return False
