"""Subscriptions of the stand-in of Graph: the handshake, and what is posted of changes and of themselves."""

import asyncio
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from local.graph_events import Refused

Json = dict[str, Any]

LONGEST: Final = timedelta(minutes=4_230)
SHORTEST: Final = timedelta(minutes=45)
HANDSHAKE_S: Final = 10.0
ANSWER_S: Final = 3.0
_AGAIN_S: Final = (0.2, 0.5, 1.0)
"""After which a notification that nobody took is sent again; Graph goes on for four hours."""
_KINDS: Final = frozenset({"created", "updated", "deleted"})
LIFECYCLE: Final = frozenset({"reauthorizationRequired", "subscriptionRemoved", "missed"})


class Subscriptions:
    """All that are alive, by id."""

    def __init__(
        self, kept: Json, *, clock: Callable[[], datetime], handshake_s: float = HANDSHAKE_S
    ) -> None:
        self.kept = kept
        self._clock = clock
        self._handshake_s = handshake_s
        self._http: httpx.AsyncClient | None = None
        self._posts: set[asyncio.Task[None]] = set()

    async def create(self, email: str, body: Json) -> Json:
        """A new one, once both its addresses proved that they want it."""
        wrong = (
            not isinstance(body.get("notificationUrl"), str)
            or not set(str(body.get("changeType")).split(",")) <= _KINDS
            or str(body.get("resource")).strip("/") != "me/events"
            or len(str(body.get("clientState") or "")) > 128
        )
        if wrong:
            raise Refused(400, "InvalidRequest", "The request body for the subscription is invalid.")
        expires = self._granted(body)
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            if address := body.get(name):
                await self._shake_hands(address)
        made: Json = {
            "id": str(uuid.uuid4()),
            "resource": body["resource"],
            "applicationId": "00000000-0000-0000-0000-000000000000",
            "changeType": body["changeType"],
            "clientState": body.get("clientState"),
            "notificationUrl": body["notificationUrl"],
            "lifecycleNotificationUrl": body.get("lifecycleNotificationUrl"),
            "expirationDateTime": _text(expires),
            "creatorId": str(uuid.uuid5(uuid.NAMESPACE_URL, email)),
        }
        self.kept[made["id"]] = made | {"email": email, "is_paused": False}
        return _shown(self.kept[made["id"]])

    def renew(self, email: str, key: str, body: Json) -> Json:
        """Its new expiry; it is authorized anew by that."""
        found = self._mine(email, key)
        found |= {"expirationDateTime": _text(self._granted(body)), "is_paused": False}
        return _shown(found)

    def reauthorize(self, email: str, key: str) -> None:
        """It goes on, as long as it was to."""
        self._mine(email, key)["is_paused"] = False

    def delete(self, email: str, key: str) -> None:
        """No more of it."""
        self._mine(email, key)
        del self.kept[key]

    def listed(self, email: str) -> list[Json]:
        """The account's."""
        return [_shown(one) for one in self.alive() if one["email"] == email]

    def alive(self) -> list[Json]:
        """Those of all accounts that haven't lapsed."""
        now = self._clock()
        for key in [key for key, one in self.kept.items() if _instant(one["expirationDateTime"]) <= now]:
            del self.kept[key]
        return list(self.kept.values())

    def changed(self, email: str, kinds: list[str], event_id: str, etag: str) -> None:
        """Posts what happened, several at once where one address has several; nobody waits for it."""
        by_address: dict[str, list[Json]] = {}
        for one in self.alive():
            if one["email"] != email or one["is_paused"]:
                continue
            by_address.setdefault(one["notificationUrl"], []).extend(
                {
                    "subscriptionId": one["id"],
                    "subscriptionExpirationDateTime": one["expirationDateTime"],
                    "tenantId": "",
                    "clientState": one["clientState"],
                    "changeType": kind,
                    "resource": f"Users/{one['creatorId']}/Events/{event_id}",
                    "resourceData": {
                        "@odata.type": "#Microsoft.Graph.Event",
                        "@odata.id": f"Users/{one['creatorId']}/Events/{event_id}",
                        "@odata.etag": etag,
                        "id": event_id,
                    },
                }
                for kind in kinds
                if kind in one["changeType"].split(",")
            )
        for address, told in by_address.items():
            if told:
                self._soon(address, told)

    def lifecycle(self, email: str, event: str) -> None:
        """Tells what becomes of the account's subscriptions, and lets it become of them."""
        if event not in LIFECYCLE:
            raise Refused(400, "InvalidRequest", f"a lifecycleEvent is one of {', '.join(sorted(LIFECYCLE))}")
        for one in self.alive():
            if one["email"] != email:
                continue
            told = {
                "subscriptionId": one["id"],
                "subscriptionExpirationDateTime": one["expirationDateTime"],
                "tenantId": "",
                "clientState": one["clientState"],
                "lifecycleEvent": event,
            }
            if event == "subscriptionRemoved":
                del self.kept[one["id"]]
            one["is_paused"] = event == "reauthorizationRequired"
            if address := one["lifecycleNotificationUrl"]:
                self._soon(address, [told])

    def _granted(self, body: Json) -> datetime:
        now = self._clock()
        try:
            asked = _instant(body["expirationDateTime"])
        except (KeyError, TypeError, ValueError):
            raise Refused(400, "InvalidRequest", "expirationDateTime is missing or invalid.") from None
        if not now < asked <= now + LONGEST:
            raise Refused(
                400,
                "ValidationError",
                "Subscription expiration can only be 4230 minutes in the future.",
            )
        return max(asked, now + SHORTEST)

    def _mine(self, email: str, key: str) -> Json:
        found = {one["id"]: one for one in self.alive()}.get(key)
        if found is None or found["email"] != email:
            raise Refused(404, "ResourceNotFound", "The object was not found.")
        return found

    async def _shake_hands(self, address: str) -> None:
        token = f"Validation: Testing client application reachability for subscription {secrets.token_hex(8)}"
        try:
            async with asyncio.timeout(self._handshake_s):
                answer = await self._client().post(address, params={"validationToken": token})
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as failed:
            why = f"Subscription validation request failed: {type(failed).__name__}"
            raise Refused(400, "ValidationError", why) from None
        kind = answer.headers.get("content-type", "").split(";")[0].strip()
        if (answer.status_code, kind, answer.text) != (200, "text/plain", token):
            why = "Subscription validation request failed. Response must exactly match the validationToken."
            raise Refused(400, "ValidationError", why)

    def _soon(self, address: str, told: list[Json]) -> None:
        task = asyncio.create_task(self._post(address, told))
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    async def _post(self, address: str, told: list[Json]) -> None:
        for wait_s in (*_AGAIN_S, None):
            try:
                answer = await self._client().post(address, json={"value": told}, timeout=ANSWER_S)
            except httpx.HTTPError:
                pass
            else:
                if answer.is_success:
                    return
            if wait_s is not None:
                await asyncio.sleep(wait_s)

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                trust_env=False,
                timeout=self._handshake_s,
                limits=httpx.Limits(max_keepalive_connections=0),  # nobody closes what is kept
            )
        return self._http


def _shown(kept: Json) -> Json:
    return {
        name: value for name, value in kept.items() if name not in ("email", "is_paused", "clientState")
    } | {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity",
        "clientState": None,
    }


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"
