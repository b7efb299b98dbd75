"""Google's push channels, for the stand-in: a request to the channel's address after each change.

The facts are in the headers, the body is empty; a message is tried again after a few kinds of answers, then
dropped (the guide "Push notifications", read 2026-11-21). Pauses are shorter than Google's.
"""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

import httpx

from local.google_account import Account
from local.google_refused import Refused, invalid, not_found

LIFE: Final = timedelta(days=7)
"""A channel's, when nobody says."""
_TRIES_S: Final = (0.0, 0.2, 0.4, 0.8)
_AGAIN: Final = (500, 502, 503, 504)


class Channels:
    """Those that are open, and the messages on their way."""

    def __init__(self, account: Account, options: dict[str, Any]) -> None:
        self._account = account
        self._options = options
        self.open: dict[str, dict[str, Any]] = account.held.setdefault("channels", {})
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None
        self._dice = random.Random(0)  # noqa: S311 - no secret
        account.on_change = self.changed

    def watch(self, calendar_id: str, email: str, body: dict[str, Any], base_url: str) -> dict[str, Any]:
        """Opens one; its first message is of the state `sync`. Raises `Refused`."""
        key, address = body.get("id", ""), body.get("address", "")
        if body.get("type") not in ("web_hook", "webhook") or not key or len(key) > 64:
            raise invalid("Invalid value", "id")
        if not address.startswith(("https://", "http://127.0.0.1:")):
            raise Refused(400, "push.webhookUrlNotHttps", "WebHook callback must be HTTPS: " + address)
        if key in self.open:
            raise Refused(400, "channelIdNotUnique", f"Channel id {key} not unique")
        resource_uri = f"{base_url}/calendars/{quote(calendar_id)}/events?alt=json"
        channel = {
            "id": key,
            "calendar": calendar_id,
            "email": email,
            "address": address,
            "token": body.get("token"),
            "resourceId": sha256(f"{email} {calendar_id}".encode()).hexdigest()[:27],
            "resourceUri": resource_uri,
            "expiration": self._until(body),
            "number": 0,
        }
        self.open[key] = channel
        self._account.keep()
        self._send(channel, "sync")
        shown = {key: channel[key] for key in ("id", "resourceId", "resourceUri", "token") if channel[key]}
        return {"kind": "api#channel", "expiration": str(channel["expiration"])} | shown

    def stop(self, body: dict[str, Any]) -> None:
        """Closes one. Raises `Refused` for one that isn't."""
        found = self.open.get(body.get("id", ""))
        if not found or found["resourceId"] != body.get("resourceId"):
            raise not_found()
        del self.open[found["id"]]
        self._account.keep()

    def changed(self, calendar_id: str) -> None:
        """Tells everybody who watches that calendar."""
        now_ms = self._account.now().timestamp() * 1000
        for key, channel in list(self.open.items()):
            if channel["expiration"] <= now_ms:
                del self.open[key]
            elif channel["calendar"] == calendar_id and self._account.role(calendar_id, channel["email"]):
                self._send(channel, "exists")

    def _until(self, body: dict[str, Any]) -> int:
        now = self._account.now()
        asked = body.get("expiration")
        if asked is None:
            seconds = int(body.get("params", {}).get("ttl", LIFE.total_seconds()))
            return int((now + timedelta(seconds=seconds)).timestamp() * 1000)
        longest = int((now + self._options["channel_days"] * timedelta(days=1)).timestamp() * 1000)
        return min(int(asked), longest)

    def _send(self, channel: dict[str, Any], state: str) -> None:
        channel["number"] += 1 if state == "sync" else self._dice.randint(1, 9)  # grows, with gaps
        until = datetime.fromtimestamp(channel["expiration"] / 1000, UTC)
        headers = {
            "X-Goog-Channel-ID": channel["id"],
            "X-Goog-Channel-Expiration": format_datetime(until, usegmt=True),
            "X-Goog-Message-Number": str(channel["number"]),
            "X-Goog-Resource-ID": channel["resourceId"],
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-URI": channel["resourceUri"],
            **({"X-Goog-Channel-Token": channel["token"]} if channel["token"] else {}),
        }
        if self._dice.random() < self._options["push_drops"]:
            return
        task = asyncio.get_running_loop().create_task(self._deliver(channel["address"], headers))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, address: str, headers: dict[str, str]) -> None:
        if self._http is None:
            none_kept = httpx.Limits(max_keepalive_connections=0)  # nobody would close them
            self._http = httpx.AsyncClient(timeout=10, trust_env=False, limits=none_kept)
        for pause_s in _TRIES_S:
            await asyncio.sleep(pause_s + self._options["push_s"])
            try:
                answer = await self._http.post(address, headers=headers)
            except httpx.HTTPError:
                continue
            if answer.status_code not in _AGAIN:
                return
