"""A way to Vapi that is never hurried, for work that may take its time beside calls and saves."""

import ssl
import threading
import time

import httpx


class Paced(httpx.HTTPTransport):
    """So many requests a second, at most, whoever sends them; the others wait for their turn."""

    def __init__(self, per_second: float) -> None:
        super().__init__(verify=ssl.create_default_context())
        self._every_s = 1 / per_second
        self._next = 0.0
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As httpx has it, once it is this request's turn."""
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._every_s
        time.sleep(max(0.0, turn - time.monotonic()))
        return super().handle_request(request)
