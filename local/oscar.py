"""What our functions see of OSCAR: its SOAP services and, behind OAuth 1.0a, a little of its REST.

`oscar_clinic` is what it holds and how its database hurts, `oscar_wsdl` its contracts by flavour,
`oscar_soap` and `oscar_rest` how it is asked, `vapi_faults` what goes wrong when told to; for a fault the
path of a SOAP request ends with the operation: `/oscar/ws/ScheduleService/addAppointment`.

For tests and the demo:

    PUT, DELETE /_options           some of `OPTIONS`, in place of what they were; DELETE: as at the start
    PUT, DELETE /_faults            failures made to order
    GET, DELETE /_requests          what was asked: `[{path, status}]`; 0 is no answer
    POST /_restart                  of the application: all tokens are dead
    POST /_approve                  somebody lets our program in: `{"token", "secret"}`
    POST /_chart                    somebody's chart, in the columns' names; `{"id"}`
    POST /_visit                    what staff type in, or change of `id`: `start`, `minutes`, other columns
    GET /_visits                    all columns of all
    PUT /_provider                  one, in the columns' names
    PUT /_template                  `{"provider", "name", "code", "days": [...]}`
    PUT /_holiday                   `{"day"}`
"""

import gzip
import json
import re
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from local import child
from local.asgi import body_of
from local.oscar_clinic import Clinic, Row
from local.oscar_rest import Rest
from local.oscar_soap import Login, Soap
from local.oscar_wsdl import operations, wsdl
from local.vapi_faults import Faults, struck
from local.vapi_refused import Refused

OPTIONS: Final[Mapping[str, Any]] = {
    "server_zone": "UTC",  # what the Java machine takes for local
    "cxf": 2,  # whose words its faults are in: 2 or 3
    "is_ip_refused": False,  # Juno's list of callers
    "lacks_right": False,  # whether the login's role may read charts
    "more": None,  # a field that an update brought: [type, "name:type"]
    "wsdl_more": None,  # the same, in the WSDL; a build's own has it
}
_SERVICE: Final = re.compile(r"/ws/(\w+)Service")
HTML: Final = b"<!DOCTYPE html><html><head><title>502</title></head><body><p>Bad gateway<br></body></html>"

Reply = tuple[int, bytes, str]
"""Status, body, and its kind."""


class Oscar:
    """One server with one clinic."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._options = dict(OPTIONS)
        self._context = config.get("context", "/oscar")
        self.clinic = Clinic(config["flavour"])
        login = Login(config["user"], config["password"], config.get("security_id", 128))
        self.soap = Soap(self.clinic, login, self._options)
        self.rest = Rest(self.clinic, tuple(config["client"]))
        self._faults = Faults()
        self._requests: list[Row] = []
        self._file = Path(config["file"]) if config.get("file") else None
        if self._file and self._file.exists():
            self.clinic.remember(self._file)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request (ASGI)."""
        text = await body_of(receive)
        path: str = scope["path"]
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        if path.startswith("/_"):
            try:
                told = self._told(scope["method"], path, json.loads(text or b"null"))
                reply: Reply | None = 200, json.dumps(told, default=str).encode(), "application/json"
            except Refused as refused:
                reply = refused.status, str(refused.message).encode(), "text/plain"
        else:
            reply = await self._served(scope, path, headers, text)
        if reply is None:
            # ASGI has no way to hang up; the method is bound to uvicorn's side of this one connection.
            send.__self__.transport.abort()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        if self._file and scope["method"] != "GET":
            self.clinic.keep(self._file)
        await _answer(send, reply, headers)

    async def _served(self, scope: Any, path: str, headers: dict[str, str], text: bytes) -> Reply | None:
        """The answer to a client, or None where the connection breaks instead."""
        asked: Row = {"path": path + _operation(text), "status": 0}
        self._requests.append(asked)
        faults = self._faults.striking(scope["method"], asked["path"])
        fault = await struck(faults, "before")
        reply: Reply = 0, b"", ""
        if fault is None:
            reply = self._reply(scope, path, headers, text)
            fault = await struck(faults, "after")
        if fault and fault.reset:
            return None
        if fault and fault.status:
            reply = fault.status, HTML, "text/html"
        asked["status"] = reply[0]
        return reply

    def _reply(self, scope: Any, path: str, headers: dict[str, str], text: bytes) -> Reply:
        inside = path.removeprefix(self._context)
        address = f"http://{headers.get('host', '')}{path}"
        if inside == path:
            return 404, HTML, "text/html"
        if service := _SERVICE.fullmatch(inside):
            if service[1] not in operations(self.clinic.flavour):
                return 404, HTML, "text/html"
            if scope["method"] == "GET":
                # As behind a proxy: an address that nobody outside can reach.
                inner = f"http://oscar.internal:8080{path}"
                published = wsdl(service[1], self.clinic.flavour, inner, more=self._options["wsdl_more"])
                return 200, published.encode(), "text/xml"
            return *self.soap.answered(service[1], text), "text/xml;charset=UTF-8"
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        status, said = self.rest.answered(scope["method"], address, query, headers, text)
        if isinstance(said, str):
            return status, said.encode(), "application/x-www-form-urlencoded"
        return status, json.dumps(said).encode(), "application/json"

    # ------------------------------------------------------------------ the door for tests

    def _told(self, method: str, path: str, body: Any) -> Any:
        clinic = self.clinic
        match method, path.removeprefix("/_"):
            case _, "options":
                self._options |= body if method == "PUT" else OPTIONS
                clinic.server_zone = ZoneInfo(self._options["server_zone"])
            case _, "faults":
                self._faults.put(body if method == "PUT" else [])
            case _, "requests":
                asked = self._requests.copy()
                if method == "DELETE":
                    self._requests.clear()
                return asked
            case "POST", "restart":
                self.soap.boot_ms += 60_000
            case "POST", "approve":
                token, secret = self.rest.approved()
                return {"token": token, "secret": secret}
            case "POST", "chart":
                return {"id": clinic.add_chart(body)}
            case "POST", "visit":
                if "start" in body:
                    body["start"] = datetime.fromisoformat(body["start"])
                else:
                    body["start"] = clinic.appointments[body["id"]]["start"]
                return {"id": clinic.type_in(body)}
            case "GET", "visits":
                return list(clinic.appointments.values())
            case "PUT", "provider":
                clinic.providers[body["providerNo"]] = {"status": "1", "providerType": "doctor"} | body
            case "PUT", "template":
                clinic.templates[body["provider"], body["name"]] = body["code"]
                for day in body["days"]:
                    clinic.days[body.get("of", body["provider"]), date.fromisoformat(day)] = body["name"]
            case "PUT", "holiday":
                clinic.holidays.add(date.fromisoformat(body["day"]))
            case _:
                raise Refused(404, f"Cannot {method} {path}")
        return {}


def _operation(text: bytes) -> str:
    """`/addAppointment` of an envelope; nothing of what is none."""
    found = re.search(rb"Body[^>]*>\s*<(?:\w+:)?(\w+)", text)
    return f"/{found[1].decode()}" if found else ""


async def _answer(send: Any, reply: Reply, asked: Mapping[str, str]) -> None:
    status, body, kind = reply
    headers = [(b"content-type", kind.encode())]
    if "gzip" in asked.get("accept-encoding", ""):
        body = gzip.compress(body, 1)
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def make(config: dict[str, Any]) -> Oscar:
    """The stand-in as told: `flavour`, `user`, `password`, `client` (id, secret); maybe `context`, `file`."""
    return Oscar(config)


def main() -> NoReturn:
    """Serves what the parent wants."""
    sys.exit(child.serve(make))


if __name__ == "__main__":
    main()
