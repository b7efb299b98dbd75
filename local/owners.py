"""The owners of the demo's calendars, at the vendors' stand-ins: what they put there, and what they see."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx

from frontdesk import zones
from local.calendars import GOOGLES, MICROSOFTS

Vendor = Literal["google", "outlook"]
_GOOGLE: Final = f"/_events/{quote(GOOGLES)}"
_GRAPH: Final = f"/_mailboxes/{quote(MICROSOFTS)}"
_TIMEOUT_S: Final = 10


def put(urls: Mapping[str, str], vendor: Vendor, event: Mapping[str, Any], zone: ZoneInfo) -> None:
    """A new event: `{start, minutes, title}`, the start as the clinic's clock shows it."""
    starts = zones.instant(datetime.fromisoformat(event["start"]), zone)
    edges = {"start": starts, "end": starts + timedelta(minutes=event["minutes"])}
    if vendor == "google":
        told = {name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"} for name, at in edges.items()}
        asked = _GOOGLE, {"summary": event["title"], **told}
    else:
        told = {
            name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for name, at in edges.items()
        }
        asked = f"{_GRAPH}/put", {"event": {"subject": event["title"], **told}}
    path, body = asked
    httpx.post(f"{urls[vendor]}{path}", json=body, timeout=_TIMEOUT_S, trust_env=False).raise_for_status()


def events(urls: Mapping[str, str], vendor: Vendor, zone: ZoneInfo) -> list[dict[str, str]]:
    """All that is there but whole days: `{title, start, end}`, by the clinic's clock."""
    path = _GOOGLE if vendor == "google" else _GRAPH
    answer = httpx.get(f"{urls[vendor]}{path}", timeout=_TIMEOUT_S, trust_env=False).raise_for_status().json()
    listed: list[dict[str, Any]] = answer if vendor == "google" else answer["events"]
    return [
        {"title": one.get("summary") or one.get("subject") or "", **_edges(one, zone)}
        for one in listed
        if "dateTime" in one.get("start", {})
    ]


def _edges(event: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    """Both stand-ins tell owners of UTC."""
    return {
        name: zones.wall_text(datetime.fromisoformat(event[name]["dateTime"]).replace(tzinfo=UTC), zone)
        for name in ("start", "end")
    }
