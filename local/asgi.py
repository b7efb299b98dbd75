"""What servers here have in common that speak ASGI."""

from typing import Any


async def body_of(receive: Any) -> bytes:
    """The whole body of the request that is received."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
