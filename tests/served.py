"""A stand-in served by a thread of the test's own process."""

import asyncio
import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn

from local import child


class _Server(uvicorn.Server):
    """Ends at once: uvicorn's own takes up to a quarter of a second, which is more than most tests do."""

    async def main_loop(self) -> None:
        while not self.should_exit:
            await self.on_tick(0)
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()


@contextmanager
def served(app: Any, *, ws: Literal["none", "websockets-sansio"] = "none") -> Generator[str]:
    """Its URL, without a slash at the end."""
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws=ws,
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    listening = child.listen()
    thread = threading.Thread(target=server.run, args=[[listening]], daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.002)
        yield child.address(listening)
    finally:
        server.should_exit = server.force_exit = True  # without the tenths of a second for who is connected
        thread.join(5)
        listening.close()
