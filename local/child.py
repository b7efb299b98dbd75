"""A server or other work in a process of its own, which ends when its parent does, however that ends.

Parent and child hold the two ends of one socket, their line: down it goes what the child is to
serve, up comes `ready`, and when it breaks the child knows that the parent is gone. Secrets travel
by it too, so none stands in a command line.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Literal

from local.errors import ChildFailed

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

HOST = "127.0.0.1"
READY_S = 20
STOP_S = 5


class Child:
    """The parent's side: a Python module run as a server on `listening`, which stays open here.

    With None to listen on, it is one that works by itself.
    """

    def __init__(
        self,
        module: str,
        listening: socket.socket | None,
        config: Mapping[str, Any],
        *,
        log: IO[bytes] | None = None,
    ) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            passed = [each.fileno() for each in (theirs, listening) if each is not None]
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *map(str, passed)],
                pass_fds=passed,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is for the parent alone
            )
        self._module = module
        self._line = ours
        self._line.settimeout(READY_S)
        with suppress(BrokenPipeError):  # it died at once; `wait_until_ready` says so
            self._line.sendall(json.dumps(config).encode() + b"\n")

    def wait_until_ready(self) -> None:
        """Returns when requests are answered, or work has begun. Raises `ChildFailed` when they won't be."""
        with suppress(OSError):
            if self._line.recv(16):
                return
        self.stop()
        raise ChildFailed(f"{self._module} did not start; the lines above say why")

    @property
    def is_running(self) -> bool:
        """False once it ended, by itself or not."""
        return self._process.poll() is None

    def ask_to_stop(self) -> None:
        """Lets it finish the requests it has and end; does not wait."""
        self._process.terminate()

    def stop(self) -> None:
        """Ends it, and returns when it has ended."""
        self.ask_to_stop()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._line.close()


def listen(port: int = 0) -> socket.socket:
    """A listening socket on the loopback address; port 0 picks a free one."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise ChildFailed(
            f"port {port} is taken; choose another with --port, or 0 for any ({error})"
        ) from None
    listening.listen(1024)
    return listening


def free_port() -> int:
    """A port nobody listens on, from below those the kernel gives to outgoing connections.

    So no client's own end can take it while its server is down for a moment.
    """
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - any free one will do
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


def address(listening: socket.socket) -> str:
    """The URL of a listening socket, without a slash at its end."""
    host, port = listening.getsockname()
    return f"http://{host}:{port}"


def serve(
    make_app: "Callable[[dict[str, Any]], ASGI3Application]",
    *,
    ws: Literal["none", "websockets-sansio"] = "none",
    is_slow: bool = False,
) -> None:
    """The child's side: serves the app made from what the parent sent, until told to stop.

    Args:
        make_app: makes the app.
        ws: what speaks web-socket, where something is to.
        is_slow: whether nobody waits while the app is made, but for who asks it something.
    """
    with socket.socket(fileno=int(sys.argv[1])) as line, socket.socket(fileno=int(sys.argv[2])) as listening:
        config = json.loads(line.makefile().readline())
        threading.Thread(target=_end_with_the_parent, args=[line], daemon=True).start()
        if is_slow:
            line.sendall(b"ready")
        import uvicorn

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                line.sendall(b"ready")

        settings = uvicorn.Config(
            make_app(config),
            http="httptools",
            loop="uvloop",
            ws=ws,
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=STOP_S - 1,
        )
        Server(settings).run(sockets=[listening])


def work(until_ended: Callable[[dict[str, Any]], None]) -> None:
    """The child's side of what serves nobody: works with what the parent sent, until told to stop."""
    with socket.socket(fileno=int(sys.argv[1])) as line:
        config = json.loads(line.makefile().readline())
        threading.Thread(target=_end_with_the_parent, args=[line], daemon=True).start()
        line.sendall(b"ready")
        until_ended(config)


def _end_with_the_parent(line: socket.socket) -> None:
    with suppress(OSError):
        line.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)  # a handler may be busy; nobody is waiting for it any more
    os._exit(1)
