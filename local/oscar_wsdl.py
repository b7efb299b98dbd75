"""The contracts of OSCAR's SOAP services by flavour: tables, and the WSDL that a server publishes of them.

Document/literal wrapped, as CXF makes it of Java: one schema, unqualified children `arg0`, `arg1`, `return`,
fields in alphabetical order. In the tables `!` is required, `*` any number, the rest may be left out.
"""

from functools import cache
from typing import Final, Literal, NamedTuple
from xml.sax.saxutils import quoteattr

Flavour = Literal["oscar19", "openo", "juno"]
XSD: Final = "http://www.w3.org/2001/XMLSchema"
_SIMPLE: Final = frozenset({"string", "int", "boolean", "dateTime", "unsignedShort"})


class Field(NamedTuple):
    """An argument, or a field of a type."""

    name: str
    type: str
    is_required: bool
    is_many: bool

    @property
    def is_simple(self) -> bool:
        """False for what is made of fields itself."""
        return self.type in _SIMPLE


class Operation(NamedTuple):
    """One that a service has."""

    arguments: tuple[Field, ...]
    returns: Field | None


_TYPES: Final = {
    "loginResultTransfer": "securityId:int! securityTokenKey",
    "appointmentTransfer": (
        "appointmentEndDateTime:dateTime appointmentStartDateTime:dateTime billing bookingSource"
        " createDateTime:dateTime creator demographicNo:int! id:int lastUpdateUser location name notes"
        " programId:int! providerNo reason remarks resources status style type updateDateTime:dateTime"
        " urgency"
    ),
    "dayWorkScheduleTransfer": (
        "holiday:boolean! timeSlotDurationMin:int timeSlots:calendarScheduleCodePairTransfer*"
    ),
    "calendarScheduleCodePairTransfer": "date:dateTime scheduleCode:unsignedShort",
    "scheduleTemplateCodeTransfer": (
        "bookinglimit:int! code:unsignedShort color confirm description duration id:int"
    ),
    "appointmentTypeTransfer": "duration:int! id:int location name notes reason resources",
    "providerTransfer": (
        "address billingNo comments dob:dateTime email firstName hsoNo lastName ohipNo phone practitionerNo"
        " providerActivity providerNo providerType rmaNo sex signedConfidentiality:dateTime specialty status"
        " team title workPhone"
    ),
    "demographicTransfer": (
        "activeCount:int address alias anonymous chartNo children citizenship city dateJoined:dateTime"
        " dateOfBirth demographicNo:int displayName effDate:dateTime email endDate:dateTime familyDoctor"
        " firstName hcRenewDate:dateTime hcType headRecord:int hin hsAlertCount:int lastName"
        " lastUpdateDate:dateTime lastUpdateUser links monthOfBirth myOscarUserName officialLanguage"
        " patientStatus patientStatusDate:dateTime pcnIndicator phone phone2 postal previousAddress"
        " providerNo province rosterDate:dateTime rosterStatus rosterTerminationDate:dateTime"
        " rosterTerminationReason sex sexDesc sin sourceOfIncome spokenLanguage title ver yearOfBirth"
    ),
}
_MORE_FIELDS: Final[dict[Flavour, dict[str, str]]] = {
    "oscar19": {},
    "openo": {"demographicTransfer": "cellPhone gender genderId:int phoneComment pronoun pronounId:int"},
    "juno": {
        "appointmentTransfer": "confirmedAt:dateTime currentClinicTime:dateTime isVirtual:boolean!",
        "demographicTransfer": (
            "cellPhone countryOfOrigin familyDoctor2 nameOfFather nameOfMother newsletter notes veteranNo"
        ),
        "demographicIntegrationTransfer": "createdByRemoteId createdBySource integrationType remoteId",
    },
}

_SERVICES: Final = {
    "SystemInfo": {
        "isAlive": ("", "string"),
        "getServerTimeGmtOffset": ("", "int!"),
        "getMaxListReturnSize": ("", "int!"),
    },
    "Login": {"login": ("arg0 arg1", "loginResultTransfer")},
    "Provider": {"getProviders2": ("arg0:boolean", "providerTransfer*")},
    "Schedule": {
        "getScheduleTemplateCodes": ("", "scheduleTemplateCodeTransfer*"),
        "getAppointmentTypes": ("", "appointmentTypeTransfer*"),
        "getDayWorkSchedule": ("arg0 arg1:dateTime", "dayWorkScheduleTransfer"),
        "getAppointment2": ("arg0:int arg1:boolean!", "appointmentTransfer"),
        "getAppointmentsForProvider2": ("arg0 arg1:dateTime arg2:boolean!", "appointmentTransfer*"),
        "getAppointmentsForPatient2": (
            "arg0:int arg1:int! arg2:int! arg3:boolean!",
            "appointmentTransfer*",
        ),
        "getAppointmentsForDateRangeAndProvider2": (
            "arg0:dateTime arg1:dateTime arg2 arg3:boolean!",
            "appointmentTransfer*",
        ),
        "addAppointment": ("arg0:appointmentTransfer", "int"),
        "updateAppointment": ("arg0:appointmentTransfer", ""),
    },
    "Demographic": {
        "getDemographic": ("arg0:int", "demographicTransfer"),
        "searchDemographicByName": ("arg0 arg1:int! arg2:int!", "demographicTransfer*"),
        "searchDemographicsByAttributes": (
            "arg0 arg1 arg2 arg3 arg4:dateTime arg5 arg6 arg7 arg8 arg9 arg10:int! arg11:int!",
            "demographicTransfer*",
        ),
    },
}
_MORE_OPERATIONS: Final = {
    "juno": {
        "Schedule": {"cancelAppointment": ("arg0:int!", "")},
        "Demographic": {
            "addDemographic": ("arg0:demographicTransfer arg1:demographicIntegrationTransfer", "int"),
        },
    }
}


def _fields(text: str) -> tuple[Field, ...]:
    def field(word: str) -> Field:
        bare = word.rstrip("!*")
        name, _, type_ = bare.partition(":")
        return Field(name, type_ or "string", word.endswith("!"), word.endswith("*"))

    return tuple(field(word) for word in text.split())


def namespace(flavour: Flavour) -> str:
    """Of everything in it."""
    return "http://v1.soap.external.ws.oscarehr.org/" if flavour == "juno" else "http://ws.oscarehr.org/"


@cache
def types(flavour: Flavour) -> dict[str, tuple[Field, ...]]:
    """Fields by the name of the type, alphabetical as the server sends them."""
    more = _MORE_FIELDS[flavour]
    return {
        name: tuple(sorted(_fields(f"{_TYPES.get(name, '')} {more.get(name, '')}"), key=lambda one: one.name))
        for name in {**_TYPES, **more}
    }


@cache
def operations(flavour: Flavour) -> dict[str, dict[str, Operation]]:
    """By the service's name without `Service`, then by their own."""
    more = _MORE_OPERATIONS.get(flavour, {})
    return {
        service: {
            name: Operation(_fields(arguments), _returned(returns))
            for name, (arguments, returns) in {**listed, **more.get(service, {})}.items()
        }
        for service, listed in _SERVICES.items()
    }


def _returned(text: str) -> Field | None:
    return _fields(f"return:{text}")[0] if text else None


def _element(field: Field) -> str:
    type_ = f"xs:{field.type}" if field.is_simple else f"tns:{field.type}"
    least = "" if field.is_required else ' minOccurs="0"'
    most = ' maxOccurs="unbounded" nillable="true"' if field.is_many and field.name != "return" else ""
    if field.is_many and field.name == "return":
        most = ' maxOccurs="unbounded"'
    return f'<xs:element name="{field.name}" type="{type_}"{least}{most}/>'


def _complex(name: str, fields: tuple[Field, ...], final: str = "") -> str:
    inside = "".join(map(_element, fields))
    return f'<xs:complexType name="{name}"{final}><xs:sequence>{inside}</xs:sequence></xs:complexType>'


def wsdl(service: str, flavour: Flavour, address: str, *, more: tuple[str, str] | None = None) -> str:
    """What is published of a service at `address`.

    `more` is a field that this build has besides, as `(type, field)`: what an update brings.
    """
    tns, listed = namespace(flavour), operations(flavour)[service]
    final = ' final="extension restriction"'
    schema = "".join(
        _complex(name, with_more(name, fields, more), final) for name, fields in types(flavour).items()
    )
    messages, port_type, binding = "", "", ""
    for name, operation in listed.items():
        returned = (operation.returns,) if operation.returns else ()
        for element, fields in ((name, operation.arguments), (f"{name}Response", returned)):
            schema += f'<xs:element name="{element}" type="tns:{element}"/>' + _complex(element, fields)
            messages += (
                f'<wsdl:message name="{element}"><wsdl:part element="tns:{element}" name="parameters"/>'
                "</wsdl:message>"
            )
        port_type += (
            f'<wsdl:operation name="{name}"><wsdl:input message="tns:{name}" name="{name}"/>'
            f'<wsdl:output message="tns:{name}Response" name="{name}Response"/></wsdl:operation>'
        )
        binding += (
            f'<wsdl:operation name="{name}"><soap:operation soapAction="" style="document"/>'
            f'<wsdl:input name="{name}"><soap:body use="literal"/></wsdl:input>'
            f'<wsdl:output name="{name}Response"><soap:body use="literal"/></wsdl:output></wsdl:operation>'
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<wsdl:definitions xmlns:xs="{XSD}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"'
        f' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="{tns}"'
        f' name="{service}WsService" targetNamespace="{tns}"><wsdl:types>'
        f'<xs:schema elementFormDefault="unqualified" targetNamespace="{tns}" version="1.0">{schema}'
        f'</xs:schema></wsdl:types>{messages}<wsdl:portType name="{service}Ws">{port_type}</wsdl:portType>'
        f'<wsdl:binding name="{service}WsServiceSoapBinding" type="tns:{service}Ws">'
        '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
        f'{binding}</wsdl:binding><wsdl:service name="{service}WsService">'
        f'<wsdl:port binding="tns:{service}WsServiceSoapBinding" name="{service}WsPort">'
        f"<soap:address location={quoteattr(address)}/></wsdl:port></wsdl:service></wsdl:definitions>"
    )


def with_more(name: str, fields: tuple[Field, ...], more: tuple[str, str] | None) -> tuple[Field, ...]:
    """The fields of a type in a build that has one more."""
    if more is None or more[0] != name:
        return fields
    return tuple(sorted((*fields, *_fields(more[1])), key=lambda one: one.name))
