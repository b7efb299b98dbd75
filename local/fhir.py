"""What our functions see of a FHIR R4 server, for the demo and for what no server at hand does.

`fhir_store` is what it holds. How visits are booked is told at its start, by the names of
`frontdesk.emr.fhir_server.Strategy`: `transaction` as HAPI; `post_only` as Oracle Health, that puts the
provider in by the slot, keeps the slots itself, and of two for one slot takes both unless `guards` is set;
`operation` by `$find` and `$book` as IHE has them. Logins are SMART Backend Services, signatures checked.

For tests and the demo:

    PUT, DELETE /_options           some of `OPTIONS`, in place of what they were; DELETE: as at the start
    PUT, DELETE /_faults            failures made to order (`vapi_faults`)
    GET, DELETE /_requests          what was asked, but by staff: `[{method, path}]`
    POST /_expire                   all access tokens are over
    any under the base with the token `staff` of the configuration: the clinic's own people
"""

import json
import secrets
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, urlencode

import jwt

from local import child
from local.asgi import body_of
from local.fhir_store import SEARCHED, Item, Query, Refused, Store, outcome
from local.vapi_faults import Faults, struck
from local.vapi_refused import Refused as FaultRefused

BASE: Final = "/fhir"
OPTIONS: Final[Mapping[str, Any]] = {
    "page": 200,  # resources at once
    "next_base": None,  # another address before the query of a next page
    "more": None,  # elements that are in every resource besides
    "token_s": 300,  # how long an access token is good
    "guards": True,  # whether a slot that is taken is refused to a mere POST
    "has_roles": True,  # whether the server knows PractitionerRole
}
_STANDING: Final = ("proposed", "pending", "booked", "arrived", "checked-in", "fulfilled")
_HTML: Final = b"<!DOCTYPE html><html><body><p>Bad gateway<br></body></html>"

Reply = tuple[int, Item | list[dict[str, str]] | None, dict[str, str]]


class FhirServer:
    """One server with one clinic."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.store = Store()
        self._file = Path(config["file"]) if config.get("file") else None
        if self._file and self._file.exists():
            self.store.remember(self._file)
        self._strategy: str = config["strategy"]
        self._clients: Mapping[str, Any] = config["clients"]
        self._staff: str = config["staff"]
        self._options: dict[str, Any] = dict(OPTIONS)
        self._faults = Faults()
        self._tokens: dict[str, float] = {}
        self._proofs: set[str] = set()
        self._requests: list[dict[str, str]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request (ASGI)."""
        text = await body_of(receive)
        method, path = scope["method"], scope["path"]
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        if path.startswith("/_"):
            await _answer(send, *self._told(method, path, text))
            return
        if headers.get("authorization") != f"Bearer {self._staff}":
            self._requests.append({"method": method, "path": path})
        faults = self._faults.striking(method, path)
        fault, reply = await struck(faults, "before"), None
        if fault is None:
            query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
            reply = self._reply(method, path, query, headers, text)
            if self._file and method != "GET" and not path.endswith(("_search", "/token")):
                self.store.keep(self._file)
            fault = await struck(faults, "after")
        if fault and fault.status:
            await _answer(send, fault.status, None, {})
        elif reply:
            await _answer(send, *reply)

    def _told(self, method: str, path: str, text: bytes) -> Reply:
        wanted: Any = json.loads(text or b"null")
        try:
            if path == "/_options":
                self._options = dict(OPTIONS) | (wanted if method == "PUT" else {})
            elif path == "/_faults":
                self._faults.put(wanted if method == "PUT" else [])
            elif path == "/_expire":
                self._tokens.clear()
            elif path == "/_requests":
                asked = self._requests.copy()
                if method == "DELETE":
                    self._requests.clear()
                return 200, asked, {}
        except FaultRefused as no:
            return no.status, {"error": str(no)}, {}
        return 200, {}, {}

    def _reply(self, method: str, path: str, query: Query, headers: dict[str, str], text: bytes) -> Reply:
        root = f"http://{headers.get('host', '')}"
        if path == "/token":
            return self._token(dict(parse_qsl(text.decode())), f"{root}/token")
        inside = path.removeprefix(BASE).strip("/")
        if inside == ".well-known/smart-configuration":
            return 200, {"token_endpoint": f"{root}/token"}, {}
        if inside == "metadata":
            return 200, self._statement(), {}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token != self._staff and self._tokens.get(token, 0) < time.monotonic():
            return 401, outcome(Refused(401, "login", "log in anew")), {}
        body: Any = None
        if "x-www-form-urlencoded" in headers.get("content-type", ""):
            query = [*query, *parse_qsl(text.decode(), keep_blank_values=True)]
        elif text:
            body = json.loads(text)
        try:
            status, found, location = self._done(method, inside, query, body, headers, token == self._staff)
        except Refused as no:
            return no.status, outcome(no), {}
        return status, found, {"location": f"{root}{BASE}/{location}"} if location else {}

    def _done(
        self, method: str, inside: str, query: Query, body: Any, headers: dict[str, str], is_staff: bool
    ) -> tuple[int, Item | None, str]:
        kind, _, key = inside.partition("/")
        if kind == "PractitionerRole" and not self._options["has_roles"] and not is_staff:
            raise Refused(404, "not-supported", "no such resource")
        match method, kind, key:
            case "POST", "", "" if self._strategy == "transaction" or is_staff:
                return 200, self.store.transaction(body), ""
            case "POST", "Appointment", "$find" if self._strategy == "operation":
                return 200, self._free(body), ""
            case "POST", "Appointment", "$book" if self._strategy == "operation":
                return 200, self._booked(body), ""
            case ("POST", _, "_search") | ("GET", _, ""):
                return 200, self._page(kind, query, headers), ""
            case "GET", _, _:
                return 200, self._shown(self.store.read(kind, key)), ""
            case "POST", _, "":
                return self._created(kind, body, headers, is_staff)
            case "PUT", _, _ if self._strategy == "transaction" or is_staff:
                return 200, self.store.update(body, if_match=headers.get("if-match")), ""
            case "PATCH", _, _:
                return 200, self._patched(kind, key, body, headers), ""
            case "DELETE", _, _:
                self.store.delete(kind, key)
                return 204, None, ""
            case _:
                raise Refused(405, "not-supported", "not here")

    # ------------------------------------------------------------------ reading

    def _page(self, kind: str, query: Query, headers: dict[str, str]) -> Item:
        told = dict(query)
        most, skipped = int(self._options["page"]), int(told.get("_skip", 0))
        most = min(most, int(told.get("_count", most)))
        found = self.store.search(kind, query)
        shown = found[skipped : skipped + most]
        entries = [{"resource": self._shown(one), "search": {"mode": "match"}} for one in shown]
        if told.get("_include") == "PractitionerRole:practitioner":
            whose = {one["practitioner"]["reference"].split("/")[1] for one in shown}
            people = [self.store.read("Practitioner", one) for one in sorted(whose)]
            entries += [{"resource": self._shown(one), "search": {"mode": "include"}} for one in people]
        bundle: Item = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries}
        if skipped + most < len(found):
            base = self._options["next_base"] or f"http://{headers.get('host', '')}{BASE}"
            rest = [(name, value) for name, value in query if name != "_skip"]
            following = f"{base}/{kind}?{urlencode([*rest, ('_skip', str(skipped + most))])}"
            bundle["link"] = [{"relation": "next", "url": following}]
        return bundle

    def _shown(self, one: Item) -> Item:
        return {**one, **(self._options["more"] or {})}

    def _statement(self) -> Item:
        kinds = ("Patient", "Practitioner", "PractitionerRole", "Schedule", "Slot", "Appointment")
        listed: list[Item] = []
        for kind in kinds:
            codes = ["read", "search-type"]
            if kind in ("Patient", "Appointment"):
                codes += ["create", "patch"]
            one: Item = {
                "type": kind,
                "versioning": "versioned-update",
                "conditionalCreate": True,
                "interaction": [{"code": code} for code in codes],
                "searchParam": [{"name": name} for of, name in SEARCHED if of == kind],
            }
            if kind == "Appointment" and self._strategy == "operation":
                one["operation"] = [{"name": "find"}, {"name": "book"}]
            listed.append(one)
        whole = [{"code": "transaction"}] if self._strategy == "transaction" else []
        return {
            "resourceType": "CapabilityStatement",
            "software": {"name": "FHIR stand-in", "version": "1"},
            "fhirVersion": "4.0.1",
            "rest": [{"mode": "server", "interaction": whole, "resource": listed}],
        }

    # ------------------------------------------------------------------ writing

    def _created(
        self, kind: str, body: Item, headers: dict[str, str], is_staff: bool
    ) -> tuple[int, Item | None, str]:
        once = headers.get("if-none-exist")
        query = parse_qsl(once) if once else None
        if kind == "Appointment" and not is_staff:
            if query and (there := self.store.search(kind, query)):
                return 200, there[0], ""
            body = self._into_diary(body)
        made, is_new = self.store.create(body, if_none_exist=query)
        location = f"{kind}/{made['id']}/_history/{made['meta']['versionId']}"
        return (201 if is_new else 200), (made if is_staff or kind != "Patient" else None), location

    def _into_diary(self, body: Item) -> Item:
        """As Oracle Health does: the slot says whose visit it is, and is taken."""
        slots = [self.store.read("Slot", one["reference"].split("/")[1]) for one in body.get("slot", [])]
        if self._options["guards"] and any(one["status"] != "free" for one in slots):
            raise Refused(409, "conflict", "the slot is taken")
        people = list(body["participant"])
        for one in slots:
            self.store.update({**one, "status": "busy"})
            schedule = self.store.read("Schedule", one["schedule"]["reference"].split("/")[1])
            actor = {"actor": self._practitioner(schedule["actor"][0]), "status": "accepted"}
            if actor not in people:
                people.append(actor)
        return {**body, "participant": people}

    def _practitioner(self, actor: Item) -> Item:
        kind, key = actor["reference"].split("/")
        return self.store.read(kind, key)["practitioner"] if kind == "PractitionerRole" else actor

    def _patched(self, kind: str, key: str, parts: list[Item], headers: dict[str, str]) -> Item:
        before = self.store.read(kind, key)
        after = self.store.patch(kind, key, parts, if_match=headers.get("if-match"))
        self._mark(before, "free")
        if after["status"] in _STANDING:
            self._mark(after, "busy")
        return after

    def _mark(self, visit: Item, status: str) -> None:
        for one in self._slots_of(visit):
            self.store.update({**one, "status": status})

    def _slots_of(self, visit: Item) -> list[Item]:
        named = [one["reference"].split("/")[1] for one in visit.get("slot", [])]
        whole = self.store.kept.get("Slot", {})
        return [one for key, one in whole.items() if key in named or (not named and _meet(one, visit))]

    # ------------------------------------------------------------------ operations

    def _free(self, parameters: Item) -> Item:
        told = {one["name"]: one for one in parameters["parameter"]}
        window = {"start": told["start"]["valueDateTime"], "end": told["end"]["valueDateTime"]}
        proposed = [
            {
                "resourceType": "Appointment",
                "id": f"proposed-{one['id']}",
                "status": "proposed",
                "start": one["start"],
                "end": one["end"],
                "serviceType": one.get("serviceType", []),
                "participant": [{"actor": told["practitioner"]["valueReference"], "status": "needs-action"}],
            }
            for one in self.store.kept.get("Slot", {}).values()
            if one["status"] == "free" and _meet(one, window)
        ]
        entries = [{"resource": self._shown(one)} for one in proposed]
        return {"resourceType": "Bundle", "type": "searchset", "entry": entries}

    def _booked(self, parameters: Item) -> Item:
        [wanted] = [one["resource"] for one in parameters["parameter"] if one["name"] == "appt-resource"]
        slots = [one for one in self.store.kept.get("Slot", {}).values() if _meet(one, wanted)]
        if not slots or any(one["status"] != "free" for one in slots):
            raise Refused(422, "business-rule", "that time is not free")
        self._mark(wanted, "busy")
        made, _ = self.store.create({**wanted, "status": "booked"})
        return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": made}]}

    # ------------------------------------------------------------------ the login

    def _token(self, form: Mapping[str, str], url: str) -> Reply:
        proof = form.get("client_assertion", "")
        try:
            client = jwt.decode(proof, options={"verify_signature": False})["iss"]
            keys = jwt.PyJWKSet.from_dict(self._clients[client])
            signed = keys[jwt.get_unverified_header(proof)["kid"]]
            claims = jwt.decode(
                proof,
                signed,
                algorithms=["RS384", "ES384"],
                audience=url,
                issuer=client,
                subject=client,
                options={"require": ["exp", "jti", "sub"]},
            )
        except (jwt.PyJWTError, KeyError):
            return 401, {"error": "invalid_client"}, {}
        if claims["jti"] in self._proofs or claims["exp"] > time.time() + 300:
            return 401, {"error": "invalid_client"}, {}
        self._proofs.add(claims["jti"])
        token, life_s = secrets.token_urlsafe(24), self._options["token_s"]
        self._tokens[token] = time.monotonic() + life_s
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": life_s}, {}


def _meet(one: Item, other: Item) -> bool:
    begins, ends, start, end = (
        datetime.fromisoformat(text) for text in (one["start"], one["end"], other["start"], other["end"])
    )
    return begins < end and start < ends


async def _answer(send: Any, status: int, found: object, headers: dict[str, str]) -> None:
    is_page = found is None and status >= 500
    body = _HTML if is_page else b"" if found is None else json.dumps(found).encode()
    headers = {"content-type": "text/html" if is_page else "application/fhir+json"} | headers
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    listed.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": listed})
    await send({"type": "http.response.body", "body": body})


def make(config: dict[str, Any]) -> FhirServer:
    """The stand-in as told: `strategy`, `clients` (JWKS by their ids), `staff` (a token), maybe `file`."""
    return FhirServer(config)


def main() -> NoReturn:
    """Serves what the parent wants."""
    sys.exit(child.serve(make))


if __name__ == "__main__":
    main()
