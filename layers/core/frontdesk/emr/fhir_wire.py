"""Requests to one FHIR server: proved, in time, and their refusals turned into our errors.

Searches are posted, so that names and numbers stand in no server's access log. Of an `OperationOutcome` only
the codes are read: its texts repeat what was sent. As in hl7.org/fhir/R4/http.html and search.html (4.0.1).
"""

import json
import re
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlencode, urljoin, urlsplit

from frontdesk import outside
from frontdesk.emr import emr, fhir_login
from frontdesk.emr.emr import Gone, NoAnswer, NotAllowed
from frontdesk.emr.fhir_json import Item, item, items, text
from frontdesk.emr.fhir_login import Key, Token
from frontdesk.emr.fhir_server import Server
from frontdesk.errors import DeadlineExceeded, ProviderFailed

if TYPE_CHECKING:
    import httpx

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer."""
MOST_PAGES: Final = 40
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_CODE: Final = re.compile(r"[a-z-]{1,40}", re.ASCII)
_TAKEN: Final = frozenset({"conflict", "duplicate", "lock-error", "multiple-matches"})

Query = Iterable[tuple[str, str]]


class Refused(emr.Refused):
    """The server won't do it, and says why; nothing of it was done."""

    def __init__(self, status: int, codes: Sequence[str]) -> None:
        """`codes` are of the server's `OperationOutcome`."""
        super().__init__(f"status {status}: {' '.join(codes)}")
        self.status = status
        self.codes = frozenset(codes)

    @property
    def is_conflict(self) -> bool:
        """Somebody was quicker, or has changed what this request is about."""
        return self.status in (409, 412) or bool(self.codes & _TAKEN)

    @property
    def is_unknown(self) -> bool:
        """The server has no such thing to ask for."""
        return self.status in (404, 405, 501) or "not-supported" in self.codes


class Wire:
    """One server's; the connection and the token are kept between requests."""

    def __init__(self, server: Server, keys: Iterable[Key]) -> None:
        """`keys` has the one that the server's description names."""
        self.server = server
        self._key = next(one for one in keys if one.id == server.key_id)
        self._http: httpx.Client | None = None
        self._token: Token | None = None
        self._token_url: str | None = None
        self.requests = 0
        """Sent so far."""

    def close(self) -> None:
        """Gives the connection back."""
        if self._http:
            self._http.close()

    # ------------------------------------------------------------------ reading

    def read(self, kind: str, key: str, *, deadline: float) -> Item:
        """Raises `Gone`."""
        if not _ID.fullmatch(key):
            raise Gone
        try:
            found, _ = self._asked("GET", f"{kind}/{quote(key)}", deadline=deadline)
        except Refused as no:
            if no.status in (404, 410):
                raise Gone from None
            raise
        return found

    def search(self, kind: str, query: Query, *, deadline: float, pages: int = MOST_PAGES) -> list[Item]:
        """What is found, and what comes with it; `pages` is 1 for a search by names or numbers.

        The address of a next page is the server's own, and often repeats what was searched for.
        """
        form = urlencode(list(query)).encode()
        kind_of = {"content-type": "application/x-www-form-urlencoded"}
        bundle, _ = self._asked("POST", f"{kind}/_search", body=form, headers=kind_of, deadline=deadline)
        found: list[Item] = []
        for number in range(1, pages + 1):
            found += resources(bundle)
            following = _next(bundle)
            if following is None or number == pages:
                return found
            bundle, _ = self._asked("GET", self._own(following), deadline=deadline)
        raise ProviderFailed("too many pages")

    def page(
        self, kind: str, query: Query, following: str | None, *, deadline: float
    ) -> tuple[list[Item], str | None]:
        """The first page, or the one at the address that the last one named; and the next one's, if any."""
        path = self._own(following) if following else f"{kind}?{urlencode(list(query))}"
        bundle, _ = self._asked("GET", path, deadline=deadline)
        return resources(bundle), _next(bundle)

    def metadata(self, *, deadline: float) -> Item:
        """The capability statement, which needs no login."""
        found, _ = self._asked("GET", "metadata", proved=False, deadline=deadline)
        return found

    # ------------------------------------------------------------------ writing

    def write(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        deadline: float,
        if_match: str | None = None,
        if_none_exist: str | None = None,
    ) -> tuple[Item, str]:
        """What stands afterwards, empty if the server doesn't say, and its `Location`.

        Raises `Refused` where nothing was done, and `NoAnswer` where that isn't known.
        """
        kind = "application/json-patch+json" if method == "PATCH" else "application/fhir+json"
        headers = {"content-type": kind, "prefer": "return=representation"}
        if if_match:
            headers["if-match"] = f'W/"{if_match}"'
        if if_none_exist:
            headers["if-none-exist"] = if_none_exist
        sent = json.dumps(body, separators=(",", ":")).encode()
        found, location = self._asked(
            method, path, body=sent, headers=headers, deadline=deadline, is_write=True
        )
        return found, location

    def operation(self, path: str, parameters: Item, *, deadline: float, is_write: bool) -> Item:
        """What an operation such as `Appointment/$book` answers."""
        sent = json.dumps(parameters, separators=(",", ":")).encode()
        kind_of = {"content-type": "application/fhir+json"}
        found, _ = self._asked("POST", path, body=sent, headers=kind_of, deadline=deadline, is_write=is_write)
        return found

    # ------------------------------------------------------------------ the login

    def _proof(self, deadline: float) -> str:
        now = time.monotonic()
        if self._token is None or self._token.good_until <= now:
            self._token = self._asked_token(deadline)
        return self._token.text

    def _asked_token(self, deadline: float) -> Token:
        url = self._token_url or self._discovered(deadline)
        proof = fhir_login.assertion(
            self._key, client_id=self.server.client_id, token_url=url, now=fhir_login.clock()
        )
        asked_at = time.monotonic()
        status, _, answer = self._sent(
            "POST",
            url,
            body=urlencode(fhir_login.form(proof, self.server.scopes)).encode(),
            headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
            deadline=deadline,
        )
        if status in (400, 401, 403):
            self._token_url = None  # it may have moved since
            raise NotAllowed(f"no token: status {status}: {_word(answer and answer.get('error'))}")
        if status != 200 or answer is None:
            raise ProviderFailed(f"no token: status {status}")
        try:
            return fhir_login.token(answer, asked_at=asked_at)
        except (LookupError, TypeError, ValueError):
            raise ProviderFailed("the answer is no token") from None

    def _discovered(self, deadline: float) -> str:
        """Where tokens are asked for (SMART App Launch 2.2, "Conformance")."""
        url = f"{self.server.base}/.well-known/smart-configuration"
        status, _, answer = self._sent("GET", url, headers={"accept": "application/json"}, deadline=deadline)
        found = answer and answer.get("token_endpoint")
        if status != 200 or not isinstance(found, str):
            raise ProviderFailed(f"no smart-configuration: status {status}")
        self._token_url = outside.checked(found, hosts=self.server.hosts)
        return self._token_url

    # ------------------------------------------------------------------ the wire

    def _asked(
        self,
        method: str,
        path: str,
        *,
        deadline: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        is_write: bool = False,
        proved: bool = True,
    ) -> tuple[Item, str]:
        """The answer's resource, and its `Location`."""
        url = path if path.startswith(f"{self.server.base}/") else f"{self.server.base}/{path}".rstrip("/")
        # Some servers answer a search out of the last one's results.
        sent = {"accept": "application/fhir+json", "cache-control": "no-cache", **(headers or {})}
        status, location, answer = 401, "", None
        for _ in range(2 if proved else 1):
            if proved:
                sent["authorization"] = f"Bearer {self._proof(deadline)}"
            status, location, answer = self._sent(
                method, url, body=body, headers=sent, deadline=deadline, is_write=is_write
            )
            if status != 401:
                break
            self._token = None  # it is over before its time, or was withdrawn: nothing was done yet
        if 200 <= status < 300:
            if answer is None and method == "GET":
                raise ProviderFailed("the answer is no JSON object")
            return answer or {}, location
        codes = _codes(answer)
        if status in (401, 403):
            raise NotAllowed(f"status {status}: {' '.join(codes)}")
        if 400 <= status < 500 and status not in (408, 429):
            raise Refused(status, codes)
        raise (NoAnswer if is_write and status != 429 else ProviderFailed)(f"status {status}")

    def _sent(
        self,
        method: str,
        url: str,
        *,
        deadline: float,
        headers: Mapping[str, str],
        body: bytes | None = None,
        is_write: bool = False,
    ) -> tuple[int, str, Item | None]:
        """Status, `Location`, and the JSON object that came, if one did."""
        import httpx  # 165 ms that only a clinic with such an EMR pays

        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise DeadlineExceeded("no time is left to ask the EMR")
        if self._http is None:
            outside.checked(self.server.base, hosts=self.server.hosts)
            ca_pem = self.server.ca_pem
            trusted = ssl.create_default_context(cadata=ca_pem) if ca_pem else url.startswith("https:")
            self._http = httpx.Client(trust_env=False, verify=trusted)
        self.requests += 1
        found = bytearray()
        try:
            with self._http.stream(
                method, url, content=body, headers=headers, timeout=left_s, follow_redirects=False
            ) as answer:
                for part in answer.iter_bytes():
                    found += part
                    # httpx' own timeout starts anew with each part.
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("")
                    if len(found) > LARGEST:
                        raise httpx.ReadError("")
                return answer.status_code, answer.headers.get("location", ""), _object(found)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise NotAllowed("the EMR's certificate is not one that is trusted") from None
            was_sent = not isinstance(
                error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.InvalidURL
            )
            if is_write and was_sent:
                raise NoAnswer(type(error).__name__) from None
            if isinstance(error, httpx.TimeoutException) and time.monotonic() >= deadline:
                raise DeadlineExceeded("the EMR was too slow") from None
            raise ProviderFailed(type(error).__name__) from None

    def _own(self, link: str) -> str:
        """The address of a next page, if it is this server's own."""
        base, found = self.server.base, urljoin(f"{self.server.base}/", link)
        ours, theirs = urlsplit(base), urlsplit(found)
        is_own = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)
        if not is_own or not (found + "/").startswith((f"{base}/", f"{base}?")):
            raise ProviderFailed("a page's address is another server's")
        return found if found.startswith(f"{base}/") else f"{base}/{found[len(base) :]}"


def resources(bundle: Item) -> list[Item]:
    """A bundle's resources but for what the server remarks."""
    found = [item(one.get("resource")) for one in items(bundle.get("entry"))]
    return [one for one in found if one.get("resourceType", "OperationOutcome") != "OperationOutcome"]


def escaped(value: str) -> str:
    """As one value of a search parameter (R4 search, "Escaping Search Parameters")."""
    return re.sub(r"([\\,|$])", r"\\\1", value)


def _next(bundle: Item) -> str | None:
    links = [one for one in items(bundle.get("link")) if one.get("relation") == "next"]
    return next(filter(None, (text(one.get("url")) for one in links)), None)


def _object(body: bytes | bytearray) -> Item | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Item", found) if isinstance(found, dict) else None


def _codes(answer: Item | None) -> list[str]:
    """Of an `OperationOutcome`, for machines; whatever else it says may be a patient's."""
    found = [text(one.get("code")) for one in items(item(answer).get("issue"))]
    return [one for one in found if _CODE.fullmatch(one)][:5]


def _word(found: object) -> str:
    return found if isinstance(found, str) and re.fullmatch(r"[a-z_]{1,40}", found) else ""
