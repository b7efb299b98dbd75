"""One Lambda function on this machine, in this process or in an emulator, and what it is told of a call.

As in a Lambda environment, it is imported at its first call, with its own variables set, and what its
modules hold (a database connection) lives on to the next call. Unlike there, functions of one process
share it, unless each has an emulator; the variables are each one's own.
"""

import importlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda passes beside the event."""

    function_name: str
    memory_limit_in_mb: int
    invoked_function_arn: str
    deadline: float
    """By the monotonic clock, in seconds."""
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    function_version: str = "$LATEST"
    log_group_name: str = "local"
    log_stream_name: str = "local"
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the call; here nobody does."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


Handler = Callable[[dict[str, Any], Context], object]
Load = Callable[[Mapping[str, Any], Mapping[str, str]], Handler]
"""From a function of the template and its variables to its handler, at the first call."""


class Function:
    """One function of the template: the fields of `infra.routes.Called`, as JSON."""

    def __init__(self, called: Mapping[str, Any], overrides: Mapping[str, str], load: Load) -> None:
        self._called = called
        known = {name: value for name, value in called["environment"].items() if value is not None}
        self._environment = {**known, **overrides}
        self._load = load
        self._handler: Handler | None = None

    def __call__(self, event: dict[str, Any]) -> object:
        """The function's answer; raises whatever it raises."""
        return self.load()(event, self._context())

    def load(self) -> Handler:
        """Its handler, from now on there."""
        if self._handler is None:
            self._handler = self._load(self._called, self._environment)
        return self._handler

    def _context(self) -> Context:
        return Context(
            function_name=self._called["function"],
            memory_limit_in_mb=self._called["memory_mb"],
            invoked_function_arn=f"arn:aws:lambda:local:000000000000:function:{self._called['function']}",
            deadline=time.monotonic() + self._called["timeout_s"],
        )


def imported(called: Mapping[str, Any], environment: Mapping[str, str]) -> Handler:
    """The function's handler, in this process."""
    _enter(environment)
    module, _, attribute = str(called["handler"]).rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), attribute)

    def entered(event: dict[str, Any], context: Context) -> object:
        _enter(environment)
        return handler(event, context)

    return entered


_entered: Mapping[str, str] = {}
"""The variables of whichever function was called last."""


def _enter(environment: Mapping[str, str]) -> None:
    """Gives this process one function's variables, without those of the one before."""
    global _entered
    if environment is not _entered:
        for name in _entered.keys() - environment.keys():
            os.environ.pop(name, None)
        os.environ.update(environment)
        from frontdesk.settings import settings  # pydantic: not before the first function needs it

        settings.cache_clear()
        _entered = environment


def loading(config: Mapping[str, Any]) -> Load:
    """How the functions of this process are loaded: into it, or into `rie`, the fields of a `rie.Runtime`."""
    if not config["rie"]:
        os.environ.update(config["environment"])
        return imported
    from local.rie import Runtime

    return Runtime(**{name: Path(path) for name, path in config["rie"].items()}).start
