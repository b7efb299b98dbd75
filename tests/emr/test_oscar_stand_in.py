"""The stand-in speaks as OSCAR does: asked by a SOAP stack that is neither ours nor our client's.

Also that it has the habits of OSCAR's that the client is built against, or its tests would show nothing.
"""

from collections.abc import Generator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from suds import WebFault  # pyright: ignore[reportMissingTypeStubs]
from suds.client import Client  # pyright: ignore[reportMissingTypeStubs]
from suds.wsse import Security, UsernameToken  # pyright: ignore[reportMissingTypeStubs]

from local import child
from local.oscar_wsdl import Flavour, namespace, operations
from tests.emr.contract import DAY
from tests.emr.oscars import CLIENT, PASSWORD, PROVIDER, USER, OscarWorld, Place, template

NOON = datetime.fromisoformat(f"{DAY}T12:00")


def _suds(oscar: OscarWorld, service: str, *login: str) -> Any:
    """A client by suds, made from what the server publishes."""
    return _made(f"{oscar.server.base_url}/ws/{service}Service", *login)


@cache  # suds takes half a second to read a contract
def _made(url: str, *login: str) -> Any:
    options: dict[str, Any] = {}
    if login:
        security: Any = Security()
        options["wsse"] = security
        security.tokens.append(UsernameToken(*login))
    return Client(f"{url}?wsdl", location=url, cache=None, **options)


def _logged_in(oscar: OscarWorld, service: str) -> Any:
    login = _suds(oscar, "Login").service.login(USER, PASSWORD)
    return _suds(oscar, service, str(login.securityId), login.securityTokenKey)


@pytest.mark.parametrize("flavour", ["oscar19", "openo", "juno"])
def test_another_soap_stack_reads_its_contracts_and_books_by_them(oscar_at: Place, flavour: Flavour) -> None:
    oscar = oscar_at.world(flavour)
    schedule = _logged_in(oscar, "Schedule")

    sent = schedule.factory.create("appointmentTransfer")
    sent.appointmentStartDateTime, sent.appointmentEndDateTime = NOON, NOON + timedelta(minutes=15)
    sent.providerNo, sent.demographicNo, sent.programId, sent.status = PROVIDER, 7, 0, "t"
    if flavour == "juno":
        sent.isVirtual = False
    number = schedule.service.addAppointment(sent)
    read = schedule.service.getAppointment2(number, False)

    assert schedule.wsdl.tns[1] == namespace(flavour)
    assert (read.providerNo, read.demographicNo, read.creator) == (PROVIDER, 7, USER)
    assert not hasattr(read, "notes")  # what is null isn't sent
    assert read.appointmentStartDateTime.replace(tzinfo=None) == NOON
    codes = schedule.service.getScheduleTemplateCodes()
    assert chr(codes[0].code) == "1"


def test_each_contract_is_read_whole_by_another_soap_stack(oscar: OscarWorld) -> None:
    for service, listed in operations("oscar19").items():
        [port] = _suds(oscar, service).wsdl.services[0].ports
        assert set(port.methods) == set(listed)


@pytest.mark.parametrize(("cxf", "word"), [(2, "could not be authenticated"), (3, "security error")])
def test_a_wrong_token_is_a_fault_in_the_words_of_its_cxf(oscar: OscarWorld, cxf: int, word: str) -> None:
    oscar.options(cxf=cxf)

    with pytest.raises(WebFault, match=word):
        _suds(oscar, "Schedule", "128", "wrong").service.getAppointmentTypes()


def test_an_update_overwrites_with_nothing_what_it_leaves_out(oscar: OscarWorld) -> None:
    number = oscar.type_in(start=f"{DAY}T09:30", minutes=15, notes="Bring the form")
    schedule = _logged_in(oscar, "Schedule")

    sent = schedule.factory.create("appointmentTransfer")
    sent.id, sent.demographicNo, sent.programId, sent.status = int(number), 0, 0, "C"
    schedule.service.updateAppointment(sent)

    row = oscar.row(number)
    assert (row.get("notes"), row["status"], row["start"]) == (None, "C", f"{DAY} 09:30:00")


def test_a_list_of_the_day_hides_exactly_the_plain_cancellations(oscar: OscarWorld) -> None:
    for minute, status in enumerate(["t", "C", "CS", None]):
        oscar.type_in(start=f"{DAY}T09:0{minute}", status=status)
    service = _logged_in(oscar, "Schedule").service

    of_day = service.getAppointmentsForProvider2(PROVIDER, datetime.combine(DAY, NOON.min.time()), False)
    midnight = datetime.combine(DAY, NOON.min.time())
    of_range = service.getAppointmentsForDateRangeAndProvider2(
        midnight, midnight + timedelta(days=1), PROVIDER, False
    )

    assert [row.status for row in of_day] == ["t", "CS"]
    assert len(of_range) == 4


def test_ends_lose_a_second_and_text_too_long_is_a_fault(oscar: OscarWorld) -> None:
    schedule = _logged_in(oscar, "Schedule")
    sent = schedule.factory.create("appointmentTransfer")
    sent.appointmentStartDateTime, sent.appointmentEndDateTime = NOON, NOON + timedelta(minutes=15)
    sent.providerNo, sent.demographicNo, sent.programId = PROVIDER, 0, 0
    number = schedule.service.addAppointment(sent)
    sent.reason = "r" * 81

    assert oscar.row(str(number))["end"] == f"{DAY} 12:14:59"
    with pytest.raises(WebFault):
        schedule.service.addAppointment(sent)


def test_a_holiday_has_slots_and_a_provider_may_have_no_day(oscar: OscarWorld) -> None:
    oscar.days(template(at09="22"), date(2027, 7, 1))
    oscar.told("PUT", "holiday", {"day": "2027-07-01"})
    service = _logged_in(oscar, "Schedule").service

    holiday = service.getDayWorkSchedule(PROVIDER, datetime.fromisoformat("2027-07-01T00:00"))

    assert holiday.holiday
    assert [chr(slot.scheduleCode) for slot in holiday.timeSlots] == ["2", "2"]
    assert not service.getDayWorkSchedule(PROVIDER, datetime.fromisoformat("2027-07-02T00:00"))


def test_a_search_without_criteria_is_a_fault(oscar: OscarWorld) -> None:
    with pytest.raises(WebFault, match="at least one parameter"):
        _logged_in(oscar, "Demographic").service.searchDemographicsByAttributes(arg10=0, arg11=25)


@pytest.fixture
def process() -> Generator[str]:
    config = {"flavour": "oscar19", "user": USER, "password": PASSWORD, "client": CLIENT}
    with child.listen() as listening:
        running = child.Child("local.oscar", listening, config)
        running.wait_until_ready()
        yield child.address(listening)
        running.stop()


def test_it_is_served_by_a_process_of_its_own(process: str) -> None:
    answer = httpx.get(f"{process}/oscar/ws/ScheduleService?wsdl")

    assert answer.headers["content-encoding"] == "gzip"
    assert "ScheduleWsServiceSoapBinding" in answer.text
