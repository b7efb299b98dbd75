"""The gate for addresses from outside: what may be asked is asked once, for so long, and nothing else is."""

import json
import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from frontdesk import outside
from frontdesk.errors import ProviderFailed
from frontdesk.outside import AddressRefused
from frontdesk.settings import settings

VAPI = ("*.vapi.ai",)
PUBLIC = "8.8.8.8"
"""An address that needs no name server; it is never asked."""


@pytest.fixture(autouse=True)
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Prod, unless a test says otherwise."""
    monkeypatch.setenv("FRONTDESK_STAGE", "prod")
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


@pytest.fixture
def local(stage: pytest.MonkeyPatch) -> None:
    stage.setenv("FRONTDESK_STAGE", "local")
    settings.cache_clear()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/control",
        "https://vapi.ai/control",
        "https://evilvapi.ai/control",
        "https://api.vapi.ai.evil.example/control",
        "https://evil.example/?x=.vapi.ai",
        "https://evil.example#.vapi.ai",
        "https://api.vapi.ai@evil.example/control",
        "https://user@8.8.8.8/control",
        "https://user:word@8.8.8.8/control",
        "https://@8.8.8.8/control",
        "https://evil.example\\@8.8.8.8/control",
        "https://8.8.8.8\\.evil.example/control",
        "http://8.8.8.8/control",
        "ftp://8.8.8.8/control",
        "//8.8.8.8/control",
        "8.8.8.8/control",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://8.8.8.8:8443/control",
        "https://8.8.8.8:80/control",
        "https://8.8.8.8:99999/control",
        "https://8.8.8.8:x/control",
        "https://8.8.8.8/\x00",
        "https://8.8.8.8/" + "x" * 3_000,
        "https://[::1/control",
        "https://api.vapi.ai./control",
        "https://.vapi.ai/control",
        "https://" + "a" * 64 + ".vapi.ai/control",
        "https://é" + "a" * 70 + ".vapi.ai/control",
        "https://\ud800.vapi.ai/control",
        "https://a..vapi.ai/control",
        "https://no-such-name-at-all.vapi.ai.invalid/",
        "",
        "https://",
        "\x00",
    ],
)
def test_an_address_that_is_not_plainly_an_allowed_one_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        outside.checked(url, hosts=(*VAPI, PUBLIC))


def test_a_host_that_is_not_listed_is_refused_before_its_name_is_looked_up() -> None:
    for url in ("https://evil.example/", "https://vapi.ai/", "https://api.vapi.ai.evil.example/"):
        with pytest.raises(AddressRefused, match="not allowed"):
            outside.checked(url, hosts=VAPI)


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a00:1::]",
        "[2001:0:a00:1::]",
        "[::10.0.0.1]",
        "224.0.0.1",
        "[ff0e::1]",
        "localhost",
        "2130706433",
        "0x7f000001",
    ],
)
def test_a_host_whose_address_is_not_public_is_refused_though_it_is_listed(host: str) -> None:
    with pytest.raises(AddressRefused):
        outside.checked(f"https://{host}/control", hosts=(host.strip("[]"),))


def test_a_listed_public_host_passes_as_it_was_written() -> None:
    for url in (f"https://{PUBLIC}/a?b=c", f"https://{PUBLIC}:443/a"):
        assert outside.checked(url, hosts=(PUBLIC,)) == url


def test_a_refusal_never_repeats_the_address() -> None:
    with pytest.raises(AddressRefused) as refused:
        outside.checked("https://user:word@evil.example/call/secret", hosts=VAPI)

    assert "evil" not in str(refused.value)
    assert "word" not in str(refused.value)


def test_a_loopback_address_passes_in_the_local_stack_only_and_only_when_listed(
    stage: pytest.MonkeyPatch,
) -> None:
    url = "http://127.0.0.1:4010/control"
    with pytest.raises(AddressRefused):
        outside.checked(url, hosts=("127.0.0.1",))

    stage.setenv("FRONTDESK_STAGE", "local")
    settings.cache_clear()
    assert outside.checked(url, hosts=("127.0.0.1",)) == url
    with pytest.raises(AddressRefused):
        outside.checked(url, hosts=VAPI)
    with pytest.raises(AddressRefused):
        outside.checked("http://10.0.0.1:4010/control", hosts=("10.0.0.1",))


@dataclass
class Peer:
    """A server on loopback that gives each connection the same bytes, dripping if told so."""

    answer: bytes
    drip_s: float = 0.0
    heard: list[bytes] = field(default_factory=list[bytes])
    port: int = 0

    def address(self, path: str = "/control") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def listening(answer: bytes, *, drip_s: float = 0.0) -> Generator[Peer]:
    peer = Peer(answer, drip_s)
    listener = socket.create_server(("127.0.0.1", 0))
    peer.port = listener.getsockname()[1]
    ended = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while not ended.is_set():
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    peer.heard.append(_request(connection))
                    if not drip_s:
                        connection.sendall(answer)
                        continue
                    for byte in answer:
                        connection.sendall(bytes([byte]))
                        if ended.wait(drip_s):
                            break

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield peer
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        listener.close()


def _request(connection: socket.socket) -> bytes:
    """The whole request; a server that closes with some of it unread would break the connection."""
    with connection.makefile("rb") as sent:
        head = list(iter(sent.readline, b"\r\n"))
        lengths = [int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length:")]
        return b"".join(head) + b"\r\n" + sent.read(*lengths)


def post(peer: Peer, *, timeout_s: float = 1, path: str = "/control", body: Any = None) -> None:
    outside.post(peer.address(path), body or {"type": "transfer"}, hosts=("127.0.0.1",), timeout_s=timeout_s)


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "204 No Content"])
def test_a_body_is_posted_as_json_and_taken(local: None, status: str) -> None:
    with listening(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()) as peer:
        post(peer, body={"say": "陈"})

    [request] = peer.heard
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /control HTTP/1.1\r\n")
    assert b"content-type: application/json" in head.lower()
    assert json.loads(body) == {"say": "陈"}


def test_a_redirect_is_a_failure_and_not_followed(local: None) -> None:
    with listening(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as elsewhere:
        answer = f"HTTP/1.1 307 Elsewhere\r\nlocation: {elsewhere.address()}\r\ncontent-length: 0\r\n\r\n"
        with listening(answer.encode()) as peer, pytest.raises(ProviderFailed):
            post(peer)

        assert len(peer.heard) == 1
        assert elsewhere.heard == []


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 500 No\r\n\r\n", b"", b"junk\r\n\r\n"],
)
def test_anything_but_success_is_a_failure_of_the_other_side(local: None, answer: bytes) -> None:
    with listening(answer) as peer, pytest.raises(ProviderFailed):
        post(peer)


def test_nobody_listening_is_a_failure_of_the_other_side(local: None) -> None:
    with listening(b"") as peer:
        pass

    with pytest.raises(ProviderFailed):
        post(peer)


def test_a_silent_server_is_given_up(local: None) -> None:
    with listening(b"HTTP/1.1 200 OK\r\n\r\n", drip_s=30) as peer:
        began = time.monotonic()
        with pytest.raises(ProviderFailed):
            post(peer, timeout_s=0.3)
        assert time.monotonic() - began < 5, "it would be silent for 30 s"


def test_a_server_that_drips_its_body_is_not_waited_for(local: None) -> None:
    """Each byte would start the clock anew; what it says doesn't matter, only whether it accepted."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"
    with listening(head + b"x" * 1_000_000) as flood, listening(head + b"x", drip_s=0.005) as peer:
        began = time.monotonic()
        post(flood, timeout_s=1)
        post(peer, timeout_s=0.3)
        assert time.monotonic() - began < 5


def test_a_path_that_cannot_be_asked_is_a_failure_of_the_other_side(local: None) -> None:
    with listening(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as peer:
        for path in ("/a\x00b", "/a\nHost: evil", "/\ud800", "/é", "/" + "x" * 70_000):
            with pytest.raises(ProviderFailed):
                post(peer, path=path)
        assert peer.heard == []


def test_the_machines_proxy_settings_are_not_followed(local: None, stage: pytest.MonkeyPatch) -> None:
    with listening(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as peer, listening(b"") as proxy:
        stage.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        stage.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        stage.delenv("NO_PROXY", raising=False)
        post(peer)

        assert len(peer.heard) == 1
        assert proxy.heard == []
