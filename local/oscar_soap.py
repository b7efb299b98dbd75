"""SOAP as OSCAR's CXF speaks it: envelopes in and out, who asks by WS-Security, and its faults."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, cast
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from local.oscar_clinic import Clinic, Row, TooLong
from local.oscar_wsdl import Field, namespace, operations, types, with_more

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_PLAIN: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
)
_WSS4J: Final = "http://ws.apache.org/wss4j"
_CRITERIA: Final = ("hin", "firstName", "lastName", "sex", "", "city", "province", "phone", "email", "alias")
OPEN: Final = ("SystemInfo", "Login")
"""What needs no login."""


class Fault(Exception):
    """What is answered in place of a result."""

    def __init__(self, text: str, code: str = "Server", ns: str = SOAP, detail: str | None = None) -> None:
        self.text, self.code, self.ns, self.detail = text, code, ns, detail
        super().__init__(text)


class Login(NamedTuple):
    """The one account."""

    user: str
    password: str
    security_id: int


class Soap:
    """The services of one server."""

    def __init__(self, clinic: Clinic, login: Login, options: dict[str, Any]) -> None:
        self._clinic, self._login, self._options = clinic, login, options
        self.boot_ms = 1_790_000_000_000
        """When the application was started; of it each token is made, so a restart kills them all."""

    @property
    def token(self) -> str:
        """The same at every login."""
        return str(self.boot_ms + sum(map(ord, self._login.password)))

    def answered(self, service: str, text: bytes) -> tuple[int, bytes]:
        """Status and envelope."""
        try:
            return 200, self._answered(service, text)
        except Fault as fault:
            return 500, _fault(fault, namespace(self._clinic.flavour))

    def _answered(self, service: str, text: bytes) -> bytes:
        flavour = self._clinic.flavour
        try:
            envelope = ElementTree.fromstring(text)  # noqa: S314 - a test's own client asks
        except ElementTree.ParseError:
            raise Fault("Error reading XMLStreamReader.", "Client") from None
        body = envelope.find(f"{{{SOAP}}}Body")
        if body is None or not len(body):
            raise Fault("No such operation", "Client")
        if flavour == "juno" and self._options["is_ip_refused"]:
            raise Fault("Unauthorized IP Address (192.0.2.1)")
        if service not in OPEN:
            self._check(envelope)
        ns, _, name = body[0].tag[1:].partition("}")
        operation = operations(flavour)[service].get(name)
        if operation is None or ns != namespace(flavour):
            raise Fault(f"Unexpected wrapper element {body[0].tag} found.", "Client")
        arguments = self._read_fields(body[0], operation.arguments)
        try:
            found = self._done(service, name, arguments)
        except (TooLong, KeyError) as error:
            raise Fault(f"could not execute statement: {error}") from error
        tns, inside = namespace(flavour), ""
        if operation.returns:
            inside = self._rendered(operation.returns, found)
        return _envelope(f'<ns2:{name}Response xmlns:ns2="{tns}">{inside}</ns2:{name}Response>')

    def _check(self, envelope: ElementTree.Element) -> None:
        is_old = self._options["cxf"] == 2
        token = envelope.find(f".//{{{_WSSE}}}UsernameToken")
        general = Fault(
            "A security error was encountered when verifying the message", "SecurityError", _WSS4J
        )
        if token is None:
            said = "An error was discovered processing the <wsse:Security> header"
            raise Fault(said, "InvalidSecurity", _WSSE) if is_old else general
        password = token.find(f"{{{_WSSE}}}Password")
        is_right = (
            token.findtext(f"{{{_WSSE}}}Username") == str(self._login.security_id)
            and password is not None
            and password.get("Type") == _PLAIN
            and password.text in (self.token, self._login.password)
        )
        if not is_right:
            said = "The security token could not be authenticated or authorized"
            raise Fault(said, "FailedAuthentication", _WSSE) if is_old else general

    # ------------------------------------------------------------------ what the operations do

    def _done(self, service: str, name: str, of: Row) -> Any:
        clinic = self._clinic
        match service, name:
            case "SystemInfo", "isAlive":
                return "alive"
            case "SystemInfo", "getServerTimeGmtOffset":
                offset = datetime.now(clinic.server_zone).utcoffset() or timedelta()
                return int(offset.total_seconds() * 1000)
            case "SystemInfo", _:
                return 5000
            case "Login", _:
                if (of.get("arg0"), of.get("arg1")) != self._login[:2]:
                    raise Fault("Invalid Username/Password", detail="NotAuthorisedException")
                return {"securityId": self._login.security_id, "securityTokenKey": self.token}
            case "Provider", _:
                wanted = {True: ("1",), False: ("0",), None: ("0", "1")}[of.get("arg0")]
                listed = [one for one in clinic.providers.values() if one["status"] in wanted]
                return sorted(listed, key=lambda one: one["lastName"])
            case "Demographic", _:
                return self._demographic(name, of)
            case _:
                return self._schedule(name, of)

    def _demographic(self, name: str, of: Row) -> Any:
        clinic = self._clinic
        if self._options["lacks_right"]:
            word = "security" if clinic.flavour == "oscar19" else "sec"
            raise Fault(f"missing required {word} object (_demographic)")
        match name:
            case "getDemographic":
                chart = clinic.charts.get(of["arg0"])
                return chart and clinic.shown_chart(chart, is_one=True)
            case "addDemographic":
                chart = of["arg0"]
                if any(chart.get("hin") and one.get("hin") == chart["hin"] for one in clinic.charts.values()):
                    raise Fault("HIN is already in use")
                return clinic.add_chart({key: value for key, value in chart.items() if value is not None})
            case "searchDemographicByName":
                found, first, most = clinic.by_name(of.get("arg0") or ""), of["arg1"], of["arg2"]
            case _:
                wanted = {key: of.get(f"arg{at}") for at, key in enumerate(_CRITERIA) if key}
                wanted = {key: value for key, value in wanted.items() if value is not None}
                if born := of.get("arg4"):
                    wanted |= {
                        "yearOfBirth": f"{born:%Y}",
                        "monthOfBirth": f"{born:%m}",
                        "dateOfBirth": f"{born:%d}",
                    }
                if not wanted:
                    raise Fault("at least one parameter must be present")
                found, first, most = clinic.by_attributes(wanted), of["arg10"], of["arg11"]
        page = found[first : first + most] if most else found[first:]
        return [clinic.shown_chart(chart, is_one=False) for chart in page]

    def _schedule(self, name: str, of: Row) -> Any:
        clinic = self._clinic
        match name:
            case "getScheduleTemplateCodes":
                return [one | {"code": ord(one["code"])} for one in clinic.codes]
            case "getAppointmentTypes":
                return clinic.types
            case "getDayWorkSchedule":
                return clinic.day(of["arg0"], clinic.stored(of["arg1"]).date())
            case "getAppointment2":
                row = clinic.appointments.get(of["arg0"])
                return row and clinic.shown(row, use_gmt=of["arg1"])
            case "getAppointmentsForProvider2":
                rows = clinic.of_provider(of["arg0"], clinic.stored(of["arg1"]))
                return [clinic.shown(row, use_gmt=of["arg2"]) for row in rows]
            case "getAppointmentsForPatient2":
                rows = clinic.of_patient(of["arg0"], of["arg1"], of["arg2"])
                return [clinic.shown(row, use_gmt=of["arg3"]) for row in rows]
            case "getAppointmentsForDateRangeAndProvider2":
                first, last = clinic.stored(of["arg0"]), clinic.stored(of["arg1"])
                return [
                    clinic.shown(row, use_gmt=of["arg3"])
                    for row in clinic.of_day_range(of["arg2"], first, last)
                ]
            case "addAppointment":
                return clinic.add(of["arg0"], self._login.user)
            case "updateAppointment":
                if of["arg0"].get("id") not in clinic.appointments:
                    raise Fault("Cannot copy to null target")
                return clinic.update(of["arg0"], self._login.user)
            case _:  # cancelAppointment
                row = clinic.appointments[of["arg0"]]
                clinic.archive.append(dict(row))
                row["status"] = "C"
                return None

    # ------------------------------------------------------------------ XML

    def _read_fields(self, element: ElementTree.Element, fields: tuple[Field, ...]) -> Row:
        known = {field.name: field for field in fields}
        read: Row = {}
        for child in element:
            field = known.get(child.tag)
            if field is None:
                raise Fault(f"Unmarshalling Error: unexpected element {child.tag}", "Client")
            value = self._read(child, field)
            if field.is_many:
                read.setdefault(field.name, []).append(value)
            else:
                read[field.name] = value
        # What Java has as a number without a value is 0.
        for field in fields:
            if field.is_required:
                read.setdefault(field.name, False if field.type == "boolean" else 0)
        return read

    def _read(self, element: ElementTree.Element, field: Field) -> Any:
        if not field.is_simple:
            return self._read_fields(element, types(self._clinic.flavour)[field.type])
        text = element.text or ""
        match field.type:
            case "int" | "unsignedShort":
                return int(text)
            case "boolean":
                return text in ("true", "1")
            case "dateTime":
                return datetime.fromisoformat(text)
            case _:
                return text

    def _rendered(self, field: Field, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, list):
            return "".join(self._rendered(field, one) for one in cast("list[Any]", value))
        if field.is_simple:
            return f"<{field.name}>{escape(_text(value))}</{field.name}>"
        fields = with_more(field.type, types(self._clinic.flavour)[field.type], self._options["more"])
        inside = "".join(
            self._rendered(one, value.get(one.name, 0 if one.type == "int" and one.is_required else None))
            for one in fields
        )
        return f"<{field.name}>{inside}</{field.name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        text = value.isoformat(timespec="seconds")
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text
    return str(value)


def _envelope(inside: str) -> bytes:
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><soap:Envelope xmlns:soap=\"{SOAP}\">"
        f"<soap:Body>{inside}</soap:Body></soap:Envelope>"
    ).encode()


def _fault(fault: Fault, tns: str) -> bytes:
    prefix = "soap" if fault.ns == SOAP else "ns1"
    detail = f'<detail><ns2:{fault.detail} xmlns:ns2="{tns}"/></detail>' if fault.detail else ""
    return _envelope(
        f'<soap:Fault xmlns:ns1="{fault.ns}"><faultcode>{prefix}:{fault.code}</faultcode>'
        f"<faultstring>{escape(fault.text)}</faultstring>{detail}</soap:Fault>"
    )
