"""What servers here have in common that speak ASGI."""

from collections.abc import Mapping
from typing import Any


async def body_of(receive: Any) -> bytes:
    """The whole body of the request that is received."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def send_page(send: Any, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """The whole response."""
    told = [(name.encode(), text.encode()) for name, text in headers.items()]
    told.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
