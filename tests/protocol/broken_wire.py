"""A wire to Postgres that can be cut at the worst moment."""

import select
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum, auto

_COMMIT = b"COMMIT\0"
"""As a query's text ends on the wire."""


class Cut(Enum):
    """When the wire breaks: once; what has reached the server then is worked through."""

    NEVER = auto()
    BEFORE_COMMIT = auto()
    """The server never hears of the COMMIT."""
    AFTER_COMMIT = auto()
    """The server has committed, and nobody is told."""


class Wire:
    """A relay on loopback to one server."""

    def __init__(self, host: str, port: int) -> None:
        self.cut = Cut.NEVER
        self.is_repaired = True
        """Whether connections are taken after the cut."""
        self.at_the_cut: Callable[[], object] = lambda: None
        """Done once the server has worked through what it got, before the client notices anything."""
        self.cuts = 0
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        """Ends the relay; whoever still uses it is cut off first."""
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, work: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=work, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.cuts and not self.is_repaired:
                    client.close()
                else:
                    self._start(lambda client=client: self._relay(client))

    def _relay(self, client: socket.socket) -> None:
        with ExitStack() as ends, suppress(OSError):
            ends.callback(client.close)
            server = ends.enter_context(socket.create_connection(self._server))
            while True:
                readable, _, _ = select.select([client, server], [], [])
                for source in readable:
                    data = source.recv(65_536)
                    if not data:
                        return
                    if source is client and _COMMIT in data and self.cut is not Cut.NEVER:
                        self._break(server, data)
                        return
                    (server if source is client else client).sendall(data)

    def _break(self, server: socket.socket, data: bytes) -> None:
        cut, self.cut = self.cut, Cut.NEVER
        self.cuts += 1
        if cut is Cut.AFTER_COMMIT:
            server.sendall(data)
        # Half-closed: the server works through what it has got, then finds that nobody is left.
        server.shutdown(socket.SHUT_WR)
        while server.recv(65_536):
            pass
        self.at_the_cut()


@contextmanager
def wire(host: str, port: int) -> Generator[Wire]:
    """A relay to that server for as long as the block runs."""
    relay = Wire(host, port)
    try:
        yield relay
    finally:
        relay.close()
