"""Vapi's REST API, as far as resources go: lists of any length, and writes whose loss is noticed.

GET, PATCH and DELETE are safe to repeat. A creation whose answer was lost is not repeated here: `AnswerLost`
says that nobody knows, and who asked must look before asking again.
"""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx
import stamina

from frontdesk.errors import ProviderFailed
from frontdesk.vapi.kinds import Kind

IN_FLIGHT: Final = 8
"""Requests at the same time, at most; fewer while Vapi says 429."""
PAGE: Final = 1000
"""The most that one list gives."""
LONGEST_CALL: Final = timedelta(hours=12)
"""Vapi's most for `maxDurationSeconds`: no call that began before is still running."""
_CONNECT_S: Final = 5.0
_READ_S: Final = 15.0
_ATTEMPTS: Final = 6
_LONGEST_WAIT_S: Final = 60.0

Item = dict[str, Any]
"""A resource as Vapi has it."""


class VapiFailed(ProviderFailed):
    """Vapi could not be asked, or did not answer; in words for people."""

    retry_after_s: float | None = None
    """What Vapi itself wants us to wait, if it said so."""


class AnswerLost(VapiFailed):
    """A creation may have happened, or not."""


class Refused(VapiFailed):
    """Vapi understood, and said no."""

    def __init__(self, status: int, reasons: list[str]) -> None:
        super().__init__(f"Vapi says {status}: {'; '.join(reasons)}")
        self.status, self.reasons = status, reasons


class _TryAgain(Exception):
    """No answer, or none that says whether it was done."""

    def __init__(self, why: str, *, may_be_done: bool = True, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.may_be_done = may_be_done
        self.wait_s = wait_s
        """When to come back, if Vapi said so."""


class Gate:
    """Lets so many through at a time: half as many after a 429, one more after a full round of successes."""

    def __init__(self, most: int, *, waits: bool = True) -> None:
        """With `waits` false nobody waits while all are told to: they are turned away with that time."""
        self.most = self.width = most
        self._waits = waits
        self._inside = self._successes = 0
        self._changed = threading.Condition()
        self._closed_until = 0.0
        self._is_shut = False

    @contextmanager
    def passing(self) -> Generator[None]:
        """Waits for a place, and while all are told to wait; raises `VapiFailed` once it is shut, or then."""
        with self._changed:
            while (left := self._closed_until - time.monotonic()) > 0 or self._inside >= self.width:
                if self._is_shut:
                    raise VapiFailed("interrupted while Vapi wanted us to wait")
                if left > 0 and not self._waits:
                    turned_away = VapiFailed("Vapi said 429, too many requests, a moment ago")
                    turned_away.retry_after_s = left
                    raise turned_away
                self._changed.wait(left if left > 0 else None)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def went_well(self) -> None:
        """A request was answered."""
        with self._changed:
            self._successes += 1
            if self.width < self.most and self._successes >= self.width:
                self.width, self._successes = self.width + 1, 0
                self._changed.notify_all()

    def too_many(self, wait_s: float) -> None:
        """Vapi said 429: nobody goes before that time is over."""
        with self._changed:
            self.width, self._successes = max(1, self.width // 2), 0
            self._closed_until = max(self._closed_until, time.monotonic() + wait_s)
            self._changed.notify_all()

    def shut(self) -> None:
        """Nobody waits any more."""
        with self._changed:
            self._is_shut = True
            self._changed.notify_all()


@dataclass
class Counts:
    """What was asked of Vapi."""

    requests: int = 0
    writes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, method: str) -> None:
        """One more."""
        with self._lock:
            self.requests += 1
            self.writes += method != "GET"


class Vapi:
    """One account."""

    def __init__(
        self,
        base_url: str,
        private_key: str,
        *,
        in_flight: int = IN_FLIGHT,
        attempts: int = _ATTEMPTS,
        longest_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connects at the first request.

        Args:
            base_url: where the account is served.
            private_key: of the account.
            in_flight: requests at the same time, at most.
            attempts: how often one request is tried; 1 for who has a queue to come back by, and may not wait.
            longest_s: waits for no answer longer than that.
            transport: what the requests go through, if not straight to the host.
        """
        self.host = urlsplit(base_url).netloc
        self.gate = Gate(in_flight, waits=attempts > 1)
        self.counts = Counts()
        self._is_stopping = False
        self._http = httpx.Client(
            base_url=base_url,
            headers={"authorization": f"Bearer {private_key}"},
            limits=httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight),
            trust_env=False,
            # Reading certificates takes long, and plain HTTP to a stand-in has no use for them.
            verify=urlsplit(base_url).scheme == "https",
            transport=transport,
        )
        self._attempts = attempts
        self._longest_s = longest_s

    def stop(self) -> None:
        """What is under way may end; nothing is asked again or waited for."""
        self._is_stopping = True
        self.gate.shut()

    def close(self) -> None:
        """Gives the connections back."""
        self._http.close()

    def items(self, kind: Kind, *, created_after: str = "") -> list[Item]:
        """All of a kind, however many, newest first; without Vapi's own, which nobody can change.

        With `created_after`, an `instant`, only those that were made later.
        """
        found = self._all(kind.path, f"createdAtGt={created_after}" if created_after else "")
        return [item for item in found if item.get("orgId", "") is not None]

    def credentials(self) -> dict[str, str]:
        """Ids by name; a name that two share stands for neither."""
        found = [(item.get("name"), item["id"]) for item in self._all("/credential")]
        names = [name for name, _ in found]
        return {name: id_ for name, id_ in found if name and names.count(name) == 1}

    def running_since(self, created_before: str, created_after: str) -> list[str]:
        """Ids of the calls that began between those times and haven't ended."""
        window = f"createdAtLe={created_before}&createdAtGt={created_after}"
        calls = self._all("/call", window)
        return [call["id"] for call in calls if not call.get("endedAt") and call.get("status") != "ended"]

    def voices(self, provider: str) -> list[Item]:
        """What Vapi's library has of a provider's voices, as far as one page goes."""
        return _items(self._ask("GET", f"/voice-library/{provider}?limit={PAGE}"))

    def get(self, kind: Kind, id_: str) -> Item | None:
        """One; None if there is none."""
        try:
            return self._ask("GET", f"{kind.path}/{id_}")
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def create(self, kind: Kind, body: Mapping[str, Any]) -> Item:
        """Makes one; raises `AnswerLost` when it may or may not be there now."""
        return self._ask("POST", kind.path, body, kind.write_timeout_s)

    def patch(self, kind: Kind, id_: str, body: Mapping[str, Any]) -> Item:
        """Replaces the fields that the body has."""
        return self._ask("PATCH", f"{kind.path}/{id_}{kind.patch_query}", body, kind.write_timeout_s)

    def delete(self, kind: Kind, id_: str) -> None:
        """Removes one; that it was gone already is no failure."""
        try:
            self._ask("DELETE", f"{kind.path}/{id_}", None, kind.write_timeout_s)
        except Refused as error:
            if error.status != 404:
                raise

    def _all(self, path: str, query: str = "") -> list[Item]:
        """Every item of a list, newest first, by walking through `createdAt`.

        Arrays have no cursor, and numbered pages shift when something is deleted meanwhile. A page may end
        between two that were made in one instant, so the next begins with that instant. In which order Vapi
        lists is written nowhere, so the walk goes on from the page's own end.
        """
        found: dict[str, Item] = {}
        beyond = ""
        while True:
            parts = [f"limit={PAGE}", query, beyond]
            page = _items(self._ask("GET", f"{path}?{'&'.join(filter(None, parts))}"))
            is_news = any(item["id"] not in found for item in page)
            found |= {item["id"]: item for item in page}
            if len(page) < PAGE:
                return sorted(found.values(), key=lambda item: item["createdAt"], reverse=True)
            if not is_news:
                raise VapiFailed(f"more than {PAGE} of {path} were made in one instant; they can't be listed")
            beyond = _beyond(page[0]["createdAt"], page[-1]["createdAt"])

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, timeout_s: float = _READ_S
    ) -> Any:
        """The JSON of the answer; asked again while that is safe and may help."""
        try:
            for attempt in stamina.retry_context(
                on=lambda error: self._wait(error, method),
                attempts=self._attempts,
                timeout=None,
                wait_initial=0.5,
                wait_max=8.0,
            ):
                with attempt:
                    return self._once(method, path, body, timeout_s)
        except _TryAgain as error:
            is_lost = method == "POST" and error.may_be_done
            failed = AnswerLost(str(error)) if is_lost else VapiFailed(str(error))
            failed.retry_after_s = error.wait_s
            raise failed from error
        raise AssertionError

    def _wait(self, error: Exception, method: str) -> bool | float:
        """Whether to ask again, or the seconds until then; after a 429 it is the gate that waits."""
        if not isinstance(error, _TryAgain) or self._is_stopping:
            return False
        if method == "POST" and error.may_be_done:
            return False
        return 0.0 if error.wait_s is not None and not error.may_be_done else error.wait_s or True

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None, timeout_s: float) -> Any:
        asked = f"{method} {path.split('?')[0]}"
        with self.gate.passing():
            self.counts.count(method)
            try:
                answer = self._http.request(
                    method,
                    path,
                    json=body,
                    timeout=httpx.Timeout(min(timeout_s, self._longest_s), connect=_CONNECT_S),
                )
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                raise _TryAgain(f"{self.host} can't be reached", may_be_done=False) from error
            except httpx.HTTPError as error:
                raise _TryAgain(f"{self.host} did not answer {asked}") from error
        if answer.status_code == 429:
            wait_s = _retry_after(answer.headers.get("retry-after"))
            self.gate.too_many(wait_s)
            raise _TryAgain(f"{self.host} says 429, too many requests", may_be_done=False, wait_s=wait_s)
        if answer.status_code >= 500:
            told = answer.headers.get("retry-after")
            wait_s = None if told is None else _retry_after(told)
            raise _TryAgain(f"{self.host} answered {answer.status_code} to {asked}", wait_s=wait_s)
        self.gate.went_well()
        if not answer.is_success:
            raise Refused(answer.status_code, _reasons(answer))
        try:
            return answer.json() if answer.content else {}
        except ValueError as error:
            raise _TryAgain(f"{self.host} answered {asked} with something that is not JSON") from error


def _items(answer: Any) -> list[Item]:
    """Of a list's answer, which some kinds put into `results`."""
    return cast("list[Item]", answer["results"] if isinstance(answer, dict) else answer)


def _beyond(first: str, last: str) -> str:
    """The query for what a list has after a page that began and ended with those.

    What is shown to the millisecond may be kept more exactly, so the next page begins a little before.
    """
    if first < last:
        return f"createdAtGe={last}"
    return f"createdAtLt={instant(datetime.fromisoformat(last) + timedelta(milliseconds=1))}"


def instant(at: datetime) -> str:
    """As Vapi writes it; `at` is in UTC."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _retry_after(text: str | None) -> float:
    """Seconds, of a number or a date; one second if it says nothing."""
    try:
        if text is None:
            return 1.0
        wait_s = (
            float(text) if text.strip().isdigit() else parsedate_to_datetime(text).timestamp() - time.time()
        )
    except ValueError:
        return 1.0
    return min(max(wait_s, 0.0), _LONGEST_WAIT_S)


def _reasons(answer: httpx.Response) -> list[str]:
    try:
        said: Any = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        return [answer.reason_phrase]
    return [str(each) for each in cast("list[Any]", said)] if isinstance(said, list) else [str(said)]
