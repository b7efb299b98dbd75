"""Lambda's Invoke API on this machine: a process that calls functions by name, for others of ours.

    POST /2015-03-31/functions/{name}/invocations

A function's name is its logical id in the template. One that asks others is called several times at once, as
Lambda starts one environment after the other; one that only computes, once at a time, for CPUs are few. AWS,
"Invoke" (Lambda API reference), read 2026-11-22.
"""

import asyncio
import json
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Thread, get_native_id
from typing import Any, Final

from local import child
from local.asgi import body_of
from local.function import Function, loading

_INVOCATION: Final = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")

Reply = tuple[int, dict[str, str], object]
"""Status, headers, and what becomes the JSON body."""


AT_ONCE: Final = 8


class Environments:
    """One function, in as many threads as it is called at once; each is what an environment is in Lambda."""

    def __init__(self, make: Callable[[], Function], most: int) -> None:
        self.make = make
        self._own = threading.local()
        # It starts a thread when none is idle. An emulator lives as long as the thread that began it.
        self._threads = ThreadPoolExecutor(most)

    def invoke(self, event: Any) -> Future[object]:
        """What will come of a call."""
        return self._threads.submit(self._called, event)

    def _called(self, event: Any) -> object:
        if not hasattr(self._own, "function"):
            self._own.function = self.make()
        return self._own.function(event)


class Invocations:
    """The ASGI application."""

    def __init__(self, functions: Mapping[str, Environments]) -> None:
        self._functions = functions

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request."""
        body = await body_of(receive)
        status, headers, answer = await self.reply(scope["method"], scope["path"], body)
        sent = json.dumps(answer).encode()
        headers |= {"content-type": "application/json", "content-length": str(len(sent))}
        wire = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": wire})
        await send({"type": "http.response.body", "body": sent})

    async def reply(self, method: str, path: str, body: bytes) -> Reply:
        """The answer to a request. What a function raises has status 200 too, and a header that says so."""
        found = _INVOCATION.fullmatch(path) if method == "POST" else None
        if found is None or found[1] not in self._functions:
            message = {"Message": f"Function not found: {path}", "Type": "User"}
            return 404, {"x-amzn-errortype": "ResourceNotFoundException"}, message
        try:
            called = self._functions[found[1]].invoke(json.loads(body or b"null"))
            return 200, {}, await asyncio.wrap_future(called)
        except Exception as failed:  # noqa: BLE001 - Lambda's own edge: every error ends here
            traceback.print_exc()
            error = {"errorMessage": str(failed), "errorType": type(failed).__name__}
            return 200, {"x-amz-function-error": "Unhandled"}, error


def make(config: Mapping[str, Any]) -> Invocations:
    """The API for `{"functions": [...], "environment": {...}, "rie": {...} or None}`."""
    load = loading(config)

    def environments(one: Mapping[str, Any]) -> Environments:
        most = AT_ONCE if "FRONTDESK_DATABASE_HOST" in one["environment"] else 1
        return Environments(lambda: Function(one, config["environment"], load), most)

    functions = {one["function"]: environments(one) for one in config["functions"]}
    if not config["rie"]:  # an emulator starts by itself, and ends with the thread that called it first
        loading_all = Thread(target=_load, args=[[one.make() for one in functions.values()]])
        loading_all.start()
        loading_all.join()
    return Invocations(functions)


def _load(functions: Iterable[Function]) -> None:
    """Loads them before anybody asks, when the CPUs have nothing better to do: the rest is starting too."""
    with suppress(OSError, AttributeError):  # Linux alone has a priority for each thread
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 19)
    for one in functions:
        with suppress(Exception):  # it is loaded again, and fails again, when it is called
            one.load()


if __name__ == "__main__":
    sys.exit(child.serve(make, is_slow=True))
