"""AWS as these tests meet it: moto's in this process, or a server that fails as the real one does."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID  # pyright: ignore[reportMissingTypeStubs]
from moto.ses.models import ses_backends  # pyright: ignore[reportMissingTypeStubs]
from moto.sns.models import sns_backends  # pyright: ignore[reportMissingTypeStubs]

from frontdesk import aws
from frontdesk.settings import settings

REGION = "ca-central-1"
SENDER = "desk@frontdesk.example"


class Sent:
    """What has left, as moto keeps it."""

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Number and words, in order."""
        backend: Any = sns_backends[DEFAULT_ACCOUNT_ID][REGION]
        return list(backend.sms_messages.values())

    @property
    def mails(self) -> list[Any]:
        """With `source`, `destinations`, `subject` and `body`."""
        backend: Any = ses_backends[DEFAULT_ACCOUNT_ID][REGION]
        return backend.sent_messages


@dataclass
class Faulty:
    """A server in AWS's place: a number is never opted out, all else is answered as planned."""

    planned: list[str] = field(default_factory=list[str])
    """Codes of errors; `lost`: the connection ends without an answer. Then all goes well."""
    asked: list[str] = field(default_factory=list[str])
    """The operations, but for the question of who opted out."""


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch, database: object) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("FRONTDESK_MAIL_FROM", SENDER)
    monkeypatch.setenv("FRONTDESK_PUBLIC_URL", "https://api.example")
    settings.cache_clear()
    aws.client.cache_clear()
    yield
    aws.client.cache_clear()


@pytest.fixture
def sent() -> Iterator[Sent]:
    with mock_aws():
        aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        yield Sent()


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    made = Faulty()
    with _serving(_handler(made)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield made


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Generator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(faulty: Faulty) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path.startswith("/v2/email"):
                self._planned("SendEmail", self._mail_refused, b'{"MessageId": "m-1"}')
                return
            operation = parse_qs(body.decode())["Action"][0]
            if operation == "CheckIfPhoneNumberIsOptedOut":
                self._xml(operation, "<isOptedOut>false</isOptedOut>")
            else:
                self._planned(operation, self._text_refused, None)

        def _planned(self, operation: str, refuse: Callable[[str], None], fine: bytes | None) -> None:
            faulty.asked.append(operation)
            plan = faulty.planned.pop(0) if faulty.planned else ""
            if plan == "lost":
                self.close_connection = True
            elif plan:
                refuse(plan)
            elif fine:
                self._answer(200, fine)
            else:
                self._xml(operation, "<MessageId>m-1</MessageId>")

        def _xml(self, operation: str, result: str) -> None:
            text = (
                f"<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
            )
            self._answer(200, text.encode())

        def _text_refused(self, code: str) -> None:
            error = f"<Error><Code>{code}</Code><Message>+16045550123</Message></Error>"
            self._answer(400, f"<ErrorResponse>{error}</ErrorResponse>".encode())

        def _mail_refused(self, code: str) -> None:
            self._answer(400, b'{"message": "no"}', {"x-amzn-errortype": code})

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
