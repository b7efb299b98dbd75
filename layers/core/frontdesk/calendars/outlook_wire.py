"""What Microsoft Graph says and is told: events, marks, times, links, refusals. Asks nobody."""

import json
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from frontdesk.calendars.vendors import (
    AccessExpired,
    Channel,
    Days,
    Draft,
    Event,
    EventChanged,
    Forbidden,
    Mark,
    Span,
    Throttled,
    TokenDead,
    Written,
)
from frontdesk.errors import ProviderFailed

Json = dict[str, Any]

LONGEST_WATCH: Final = timedelta(minutes=4_200)
"""Half an hour below what Microsoft grants for events."""
FREE: Final = frozenset({"free", "workingElsewhere"})
"""What doesn't block; what is unknown does."""
_MARK: Final = re.compile(r"frontdesk:([^:]+):(\d+):(\d+)")
_LIFECYCLE: Final[Mapping[str, Literal["due", "over"]]] = {
    "reauthorizationRequired": "due",
    "subscriptionRemoved": "over",
}
"""The third, `missed`, says that notifications were lost: no more than any other."""
_DEAD: Final = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired"})


class Hint(NamedTuple):
    """What a notification says of itself; whoever knows the address can post one."""

    channel_id: str
    secret: str
    becomes: Literal["due", "over"] | None
    """What the subscription itself is from now on: to be authorized anew, or gone."""


class Answer(NamedTuple):
    """One of Graph or of the token endpoint, whatever its status."""

    status: int
    body: Json
    retry_after: str

    @property
    def code(self) -> str:
        """Graph's own word for what is wrong."""
        error = self.body.get("error")
        code: Any = cast("Json", error).get("code") if isinstance(error, dict) else error
        return code if isinstance(code, str) and re.fullmatch(r"[\w.]{1,80}", code) else ""


def checked(answer: Answer, *, gone: type[Exception]) -> Json:
    """The body of a good answer; of others, the error that says who can do what about it."""
    status, code = answer.status, answer.code
    if 200 <= status < 300:
        return answer.body
    what = f"status {status} {code}".rstrip()
    after = float(answer.retry_after) if answer.retry_after.isdecimal() else None
    if status == 429 or (status in (503, 504) and after is not None):
        raise Throttled(after)
    if status == 410 or code.lower() in _DEAD:
        raise TokenDead(what)
    refusals: dict[int, type[Exception]] = {
        401: AccessExpired,
        403: Forbidden,
        404: gone,
        412: EventChanged,
    }
    raise refusals.get(status, ProviderFailed)(what)


@contextmanager
def understood() -> Generator[None]:
    """What is read within is Microsoft's: where it isn't as it should be, it failed, not we."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ProviderFailed("an answer that is not understood") from error


def aadsts(refusal: Json) -> list[str]:
    """The numbers in a refusal of the token endpoint."""
    return re.findall(r"AADSTS(\d+)", str(refusal.get("error_description", "")))


def event(told: Json, series: Mapping[str, Json | None]) -> Event:
    """An event as Graph tells it; `series` by id, None for deleted ones.

    They are for occurrences, which a delta tells without more than their times.
    """
    is_gone = "@removed" in told or told.get("start") is None
    if told.get("type") == "occurrence" and "showAs" not in told:
        master = series.get(told["seriesMasterId"], {})
        is_gone = is_gone or master is None
        told = {**(master or {}), **told}
    if is_gone or told.get("isCancelled"):
        return Event(told["id"], "", is_gone=True, when=None, blocks=False, title=None, mark=_mark(told))
    status: Json = told.get("responseStatus") or {}
    start, end = instant(told["start"]), instant(told["end"])
    return Event(
        id=told["id"],
        etag=told.get("@odata.etag", ""),
        is_gone=False,
        # Midnight in the zone that was asked for, whatever the calendar's: the date is what counts.
        when=Days(start.date(), end.date()) if told.get("isAllDay") else Span(start, end),
        blocks=told.get("showAs") not in FREE and status.get("response") != "declined",
        title=None if told.get("sensitivity") in ("private", "confidential") else told.get("subject"),
        # Its owner made a series of ours: the series has our mark, what comes of it is theirs.
        mark=None if told.get("seriesMasterId") else _mark(told),
    )


def _mark(told: Json) -> Mark | None:
    match = _MARK.fullmatch(told.get("transactionId") or "")
    return Mark(match[1], int(match[2]), int(match[3])) if match else None


def mark_text(mark: Mark) -> str:
    """Our mark as Graph keeps it."""
    return f"frontdesk:{mark.org_id}:{mark.appointment_id}:{mark.generation}"


def body(draft: Draft) -> Json:
    """What a draft says of an event, made or changed."""
    return {
        "subject": draft.title,
        "body": {"contentType": "text", "content": draft.description},
        "start": edge(draft.when.start),
        "end": edge(draft.when.end),
    }


def written(told: Json) -> Written:
    """An event that Graph answered a write with."""
    with understood():
        return Written(told["id"], told["@odata.etag"])


def channel(told: Json) -> Channel:
    """A subscription."""
    with understood():
        return Channel(told["id"], "", datetime.fromisoformat(told["expirationDateTime"]).astimezone(UTC))


def hints(body: bytes) -> list[Hint] | None:
    """Of one request, which may be of several subscriptions; None if it isn't from Microsoft."""
    try:
        told: list[Json] = json.loads(body)["value"]
        found = [
            Hint(
                str(one["subscriptionId"]),
                str(one.get("clientState") or ""),
                _LIFECYCLE.get(str(one.get("lifecycleEvent"))),
            )
            for one in told
        ]
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    return list(dict.fromkeys(found))  # one action of a user is told several times over


def window(window: Span) -> dict[str, str]:
    """As parameters."""
    return {"startDateTime": _text(window.start), "endDateTime": _text(window.end)}


def lasting(until: datetime) -> str:
    """An expiry that is granted, no later than that."""
    return _text(min(until, datetime.now(UTC) + LONGEST_WATCH))


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def edge(moment: datetime) -> Json:
    """A start or an end, in UTC."""
    return {"dateTime": _text(moment).removesuffix("Z"), "timeZone": "UTC"}


def instant(told: Json) -> datetime:
    """That of a start or an end; raises `ValueError` when it is not in UTC."""
    if told["timeZone"] != "UTC":
        raise ValueError("not the zone that was asked for")
    return datetime.fromisoformat(told["dateTime"]).replace(tzinfo=UTC)


def state_token(told: Json, link: str) -> str | None:
    """The token in one of the two links: an address from outside is never asked itself."""
    address: str | None = told.get(f"@odata.{link}")
    if address is None:
        return None
    name = "$skiptoken" if link == "nextLink" else "$deltatoken"
    query = {key.lower(): values for key, values in parse_qs(urlsplit(address).query).items()}
    return query[name][0]


def next_page(told: Json, asked: Mapping[str, str]) -> Mapping[str, str] | None:
    """What to ask for the next page of a list; None: this was the last."""
    address: str | None = told.get("@odata.nextLink")
    if address is None:
        return None
    query = parse_qs(urlsplit(address).query)
    on = {name: query[name][0] for name in ("$skip", "$skiptoken") if name in query}
    if not on:
        raise ValueError("no way to the next page")
    return {**asked, **on}
