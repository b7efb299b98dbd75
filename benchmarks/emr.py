"""What a caller waits for where the diary is in an EMR, at three latencies, against a clinic whose is here.

The same scripted call, on the demo's stack: found by number and birth date, a time found, booked, moved,
cancelled; it registers somebody too, which isn't counted, for a number may do so five times a day. The EMR's
stand-in takes as long for each request as told; it counts them. Readings of each minute ask it too, so of
requests the median of the rounds is told.
"""

import os
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Final

import httpx

from local import scripts, stack
from local.addresses import Addresses
from local.player import Answered, Player

TOOLS: Final = {
    "search_patient_by_phone": "search",
    "find_earliest_appointment": "find",
    "create_appointment": "book",
    "update_appointment": "move",
    "cancel_appointment": "cancel",
}
LATENCIES_MS: Final = (20, 100, 500)
ROUNDS: Final = 5
HERE: Final = "here"
_CLINICS: Final = {HERE: "maple", "oscar": "willow", "fhir": "aspen"}
_SETTLED_S: Final = 90


def measure(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each EMR, latency and tool."""
    with (
        open(os.devnull, "wb") as nowhere,  # noqa: PTH123 - no path of ours
        stack.running(workers=2, log=nowhere) as running,
    ):
        addresses = running.addresses
        for emr in _CLINICS:
            _warm(emr, addresses)
        here = _rounds(HERE, addresses)
        rows: list[dict[str, Any]] = []
        for emr in ("oscar", "fhir"):
            for latency_ms in LATENCIES_MS:
                say(f"{emr} at {latency_ms} ms a request")
                _told(addresses, emr, "PUT", "faults", [{"latency_s": latency_ms / 1000}])
                found = _rounds(emr, addresses)
                rows += [_row(emr, latency_ms, tool, found[tool], here[tool]) for tool in TOOLS.values()]
            _told(addresses, emr, "PUT", "faults", [])
        return rows


_Took = list[tuple[float, int]]
"""Milliseconds, and requests to the EMR."""


def _row(emr: str, latency_ms: int, tool: str, there: _Took, here: _Took) -> dict[str, Any]:
    took_ms, here_ms = (median(ms for ms, _ in one) for one in (there, here))
    return {
        "emr": emr,
        "latency_ms": latency_ms,
        "tool": tool,
        "p50_ms": round(took_ms, 1),
        "here_p50_ms": round(here_ms, 1),
        "times": round(took_ms / here_ms, 1),
        "requests": median(requests for _, requests in there),
        "rounds": len(there),
    }


def _rounds(emr: str, addresses: Addresses) -> dict[str, _Took]:
    found: dict[str, _Took] = {tool: [] for tool in TOOLS.values()}
    for _ in range(ROUNDS):
        for tool, ms, requests in _played(emr, addresses):
            found[tool].append((ms, requests))
    return found


def _played(emr: str, addresses: Addresses) -> Iterator[tuple[str, float, int]]:
    _asked(addresses, emr)
    for event in Player(scripts.load("visit").at(_CLINICS[emr]), addresses).play():
        requests = _asked(addresses, emr)
        if isinstance(event, Answered) and event.tool in TOOLS:
            if event.objections:
                raise AssertionError(f"{emr}: {event.tool}: {event.objections}")
            yield TOOLS[event.tool], event.took_ms, requests


def _warm(emr: str, addresses: Addresses) -> None:
    """Once, so that functions are imported, and the EMR has been read."""
    until = time.monotonic() + _SETTLED_S
    while True:
        try:
            list(_played(emr, addresses))
        except AssertionError:
            if time.monotonic() > until:
                raise
            time.sleep(1)
        else:
            return


def _asked(addresses: Addresses, emr: str) -> int:
    """How many requests the EMR had since the last time."""
    return 0 if emr == HERE else len(_told(addresses, emr, "DELETE", "requests", None))


def _told(addresses: Addresses, emr: str, method: str, path: str, body: Any) -> Any:
    url = f"{addresses.emr_urls[emr]}/_{path}"
    return httpx.request(method, url, json=body, timeout=20, trust_env=False).raise_for_status().json()
