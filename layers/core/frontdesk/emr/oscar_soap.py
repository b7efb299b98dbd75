"""SOAP to a clinic's OSCAR: its own contract, its login, and its faults as our errors.

zeep is strict here: being lenient it drops an element it doesn't know and, without a word, everything behind.
What an error of zeep's says is never passed on, for it may quote what the answer said of a patient.
"""

import threading
from typing import Any, Final, cast

import httpx
from zeep import Client, Settings, helpers
from zeep.exceptions import Fault, TransportError, XMLParseError
from zeep.plugins import Plugin
from zeep.wsdl import Document, utils
from zeep.wsse.username import UsernameToken
from zeep.xsd.types.builtins import Boolean

from frontdesk.emr.emr import NoAnswer, NotAllowed, Refused, Unsupported
from frontdesk.emr.oscar_http import Http
from frontdesk.emr.oscar_server import Server
from frontdesk.errors import ProviderFailed

_AUTH_FAULTS: Final = frozenset({"FailedAuthentication", "InvalidSecurity", "SecurityError"})
_OPEN: Final = frozenset({"Login", "SystemInfo"})
"""Services that need no login."""
_EMPTY: Final = "\N{REPLACEMENT CHARACTER}empty"
"""Stands for a text without characters while zeep reads it, which would take it for none (`plain`)."""
_SETTINGS: Final = Settings(strict=True, forbid_entities=True)  # pyright: ignore[reportCallIssue]

# zeep has no types.
_text_of: Any = utils.etree_to_string  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_dicts: Any = helpers.serialize_object  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_documents: dict[str, Any] = {}
"""Contracts by address: half a second to read each, the same for all of this process."""


class _StaleToken(Exception):
    """The token is dead: the application was started anew, or the password changed."""


class _Wire:
    """What zeep needs of a transport, for one request."""

    def __init__(self, http: Http, deadline: float, *, is_write: bool) -> None:
        self._http, self._deadline, self._is_write = http, deadline, is_write

    def load(self, url: str) -> bytes:
        """The text of a contract; nothing else is ever loaded."""
        answer = self._http.ask("GET", url, deadline=self._deadline)
        if not answer.is_success:
            raise ProviderFailed(f"OSCAR has no contract at its address: status {answer.status_code}")
        return answer.content

    def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> httpx.Response:
        """The answer to an envelope: an envelope."""
        answer = self._http.ask(
            "POST",
            address,
            content=_text_of(envelope),
            headers=headers,
            deadline=self._deadline,
            is_write=self._is_write,
        )
        if "xml" not in answer.headers.get("content-type", "") or answer.status_code not in (200, 500):
            failed = NoAnswer if self._is_write and answer.is_server_error else ProviderFailed
            raise failed(f"OSCAR answered with a page: status {answer.status_code}")
        return answer


class _KeepsEmpty(Plugin):
    """Lets an empty text survive the way through zeep, so that an update doesn't turn it into none."""

    def ingress(
        self,
        envelope: Any,
        http_headers: Any,
        operation: Any,  # noqa: ARG002 - the hook's own shape
    ) -> tuple[Any, Any]:
        """Marks each text of an answer that has no characters."""
        for returned in envelope.iter("return"):
            for one in returned.iterdescendants():
                if not len(one) and one.text is None and not one.attrib:
                    one.text = _EMPTY
        return envelope, http_headers


class Soap:
    """One clinic's SOAP services, with the token of one login."""

    def __init__(self, server: Server, http: Http) -> None:
        self._server, self._http = server, http
        self._logging_in = threading.Lock()
        self._token: tuple[str, str] | None = None
        """Of the header: who, by number, and a secret that holds until the application is started anew."""

    def asked(
        self,
        service: str,
        operation: str,
        *arguments: Any,
        deadline: float,
        is_write: bool = False,
        **named: Any,
    ) -> Any:
        """What an operation returns: dicts, lists, plain values; None where it returns nothing.

        Naive datetimes are sent as they stand. Raises `NotAllowed`, `Unsupported` where this server has no
        such operation, `Refused`, `NoAnswer` (writes), `DeadlineExceeded`, `ProviderFailed`.
        """
        token = None if service in _OPEN else self._token or self._log_in(None, deadline)
        for is_again in (False, True):
            try:
                return self._once(service, operation, (arguments, named), token, deadline, is_write=is_write)
            except _StaleToken:
                if is_again:
                    raise NotAllowed("OSCAR refuses the token that it has just given") from None
                token = self._log_in(token, deadline)
            except XMLParseError:
                # An element that the contract doesn't have: the server was updated since it was read.
                _documents.pop(self._address(service), None)
                if is_write:
                    raise NoAnswer("OSCAR's answer to a write doesn't follow its contract") from None
                if is_again:
                    raise ProviderFailed("OSCAR's answer doesn't follow its own contract") from None
        raise AssertionError  # the second time always ends it

    def operations(self, service: str, *, deadline: float) -> frozenset[str]:
        """Names of what a service can do there."""
        document = self._document(service, _Wire(self._http, deadline, is_write=False))
        [binding] = document.bindings.values()
        return frozenset(cast("dict[str, Any]", binding.all()))

    def _once(
        self,
        service: str,
        operation: str,
        told: tuple[tuple[Any, ...], dict[str, Any]],
        token: tuple[str, str] | None,
        deadline: float,
        *,
        is_write: bool,
    ) -> Any:
        wire = _Wire(self._http, deadline, is_write=is_write)
        document = self._document(service, wire)
        client: Any = Client(
            document,
            transport=cast("Any", wire),
            wsse=UsernameToken(*token) if token else None,
            plugins=[_KeepsEmpty()],
            settings=_SETTINGS,
        )
        [(name, binding)] = document.bindings.items()
        if operation not in binding.all():
            raise Unsupported(f"this OSCAR has no {operation}")
        # By our own address: the contract's may be one that only the clinic's inside knows.
        ask = client.create_service(name, self._address(service))[operation]
        fields = [field for _, field in binding.get(operation).input.body.type.elements]
        arguments = [_filled(one, field.type) for one, field in zip(told[0], fields, strict=False)]
        try:
            return plain(_dicts(ask(*arguments, **told[1]), dict))
        except Fault as fault:
            raise _error(fault) from None
        except TransportError as error:
            failed = NoAnswer if is_write else ProviderFailed
            raise failed(f"OSCAR: {type(error).__name__}") from None

    def _log_in(self, dead: tuple[str, str] | None, deadline: float) -> tuple[str, str]:
        """Another token than that one, if nobody else has fetched it meanwhile."""
        with self._logging_in:
            if self._token is None or self._token == dead:
                self._token = None
                made = self.asked(
                    "Login", "login", self._server.user, self._server.password, deadline=deadline
                )
                self._token = str(made["securityId"]), made["securityTokenKey"]
            return self._token

    def _address(self, service: str) -> str:
        return f"{self._server.base_url}/ws/{service}Service"

    def _document(self, service: str, wire: _Wire) -> Any:
        address = self._address(service)
        if address not in _documents:
            _documents[address] = Document(f"{address}?wsdl", cast("Any", wire), settings=_SETTINGS)
        return _documents[address]


def _filled(value: Any, type_: Any) -> Any:
    """An object with what a fork insists on, and we have nothing to say of: Java's own 0 and false."""
    if not isinstance(value, dict):
        return value
    sent = cast("dict[str, Any]", value)
    required = {name: one for name, one in type_.elements if not one.is_optional and not one.nillable}
    blank = {name: False if isinstance(one.type, Boolean) else 0 for name, one in required.items()}
    return blank | {name: one for name, one in sent.items() if one is not None}


def plain(value: Any) -> Any:
    """What zeep made of an answer, with empty texts as they were."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(one) for one in cast("list[Any]", value)]
    return "" if value == _EMPTY else value


def _error(fault: Any) -> Exception:
    """By the code's own name first: its prefix and the words differ from one CXF to the next."""
    code = str(fault.code or "").rpartition(":")[2]
    said = str(fault.message or "")
    if code in _AUTH_FAULTS:
        return _StaleToken()
    for part, why in (
        ("Invalid Username/Password", "OSCAR refuses the login"),
        ("missing required", "the login's role in OSCAR lacks a right"),
        ("Unauthorized IP", "our address is not on OSCAR's list"),
    ):
        if part in said:
            return NotAllowed(why)
    return Refused(f"OSCAR answered with a fault of code {code or 'unknown'}")
