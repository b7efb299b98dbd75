"""Failures made to order: which requests to the stand-in wait, are refused, or lose their answer.

A fault is an object; all its keys are optional:

    path        requests whose path begins so; default all
    method      only this one
    after       lets so many of them pass first
    times       then strikes so often; default until the faults are set anew
    chance      strikes so many of them, from 0 to 1, e.g. 0.02; the same ones whenever it is set anew
    seed        of that chance; two faults of one seed strike the same requests
    per_s       lets so many of them pass in each second, and strikes the rest
    latency_s   waits
    status      answers with it, e.g. 429 or 502
    reason      the word for it, where the service has one for machines, e.g. "rateLimitExceeded"
    headers     of that answer, e.g. `{"Retry-After": "1"}`
    reset       true: closes the connection without an answer
    when        "before" the work, which is then not done (default), or "after" it: the write is done and
                its answer is late (`latency_s`) or lost (`status`, `reset`)

Of several faults that strike one request all waits count, and the first status or reset.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from local.vapi_refused import Refused


@dataclass
class Fault:
    """One of them; counts down as it meets requests."""

    path: str = "/"
    method: str | None = None
    after: int = 0
    times: float = float("inf")
    chance: float = 1
    seed: int = 0
    per_s: int | None = None
    latency_s: float = 0
    status: int | None = None
    reason: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    reset: bool = False
    when: Literal["before", "after"] = "before"
    _second: tuple[float, int] = field(default=(0, 0), init=False)
    """When the second began that `per_s` counts in, by the monotonic clock, and how many passed in it."""

    def __post_init__(self) -> None:
        """Begins the sequence of chances."""
        self._dice = random.Random(self.seed)  # noqa: S311 - no secret

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request is hit; to be asked once for each request."""
        if not path.startswith(self.path) or self.method not in (None, method) or self.times <= 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self._may_pass() or self._dice.random() >= self.chance:
            return False
        self.times -= 1
        return True

    def _may_pass(self) -> bool:
        if self.per_s is None:
            return False
        began, passed = self._second
        if time.monotonic() >= began + 1:
            began, passed = time.monotonic(), 0
        is_within = passed < self.per_s
        self._second = (began, passed + is_within)
        return is_within


class Faults:
    """Those that are set at present."""

    def __init__(self) -> None:
        self._set: list[Fault] = []

    def put(self, wanted: Any) -> None:
        """Sets one fault or a list of them in place of all others; raises `Refused` for an unknown key."""
        listed = cast("list[dict[str, Any]]", wanted if isinstance(wanted, list) else [wanted])
        try:
            self._set = [Fault(**one) for one in listed if one]
        except TypeError as error:
            raise Refused(400, str(error)) from None

    def striking(self, method: str, path: str) -> list[Fault]:
        """The faults that hit this request."""
        return [fault for fault in self._set if fault.strikes(method, path)]


async def struck(faults: list[Fault], when: Literal["before", "after"]) -> Fault | None:
    """Waits as told; the fault that is the answer to the request, if any."""
    now = [fault for fault in faults if fault.when == when]
    if wait_s := sum(fault.latency_s for fault in now):
        await asyncio.sleep(wait_s)
    return next((fault for fault in now if fault.reset or fault.status), None)
