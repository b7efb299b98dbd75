"""Logins that die, contracts that change, certificates, pages: what an OSCAR in trouble is to us."""

import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from frontdesk.emr import oscar_rest
from frontdesk.emr.emr import Gender, HealthCard, NotAllowed, Unsupported
from frontdesk.errors import DeadlineExceeded, ProviderFailed
from tests.emr.contract import DAY, PHONE, draft, newcomer, soon
from tests.emr.oscars import CLIENT, PROVIDER, OscarWorld, Place
from tests.emr.tls import certificate


@pytest.fixture
def jane(oscar: OscarWorld) -> str:
    return oscar.chart("Roe", "Jane", date(1988, 5, 6), phones=["604-555-0142"])


@pytest.mark.parametrize("cxf", [2, 3])
def test_a_restart_in_mid_call_costs_one_login(oscar: OscarWorld, jane: str, cxf: int) -> None:
    oscar.options(cxf=cxf)
    oscar.emr.patient(jane, deadline=soon())
    oscar.asked()
    oscar.told("POST", "restart")

    oscar.emr.patient(jane, deadline=soon())
    oscar.emr.patient(jane, deadline=soon())

    assert oscar.asked() == ["getDemographic", "login", "getDemographic", "getDemographic"]


def test_a_restart_between_look_and_write_leaves_one_booking(oscar: OscarWorld, jane: str) -> None:
    oscar.emr.visits(PROVIDER, DAY, DAY, deadline=soon())
    oscar.told("POST", "restart")

    oscar.emr.book(draft(oscar, jane, "09:30"), 1, deadline=soon())

    assert oscar.standing() == 1


def test_a_wrong_password_is_for_a_person_to_look_at(oscar: OscarWorld) -> None:
    with pytest.raises(NotAllowed):
        oscar.another(password="another").providers(deadline=soon())


def test_a_right_that_is_missing_is_for_a_person_to_look_at(oscar: OscarWorld, jane: str) -> None:
    oscar.options(lacks_right=True)

    with pytest.raises(NotAllowed):
        oscar.emr.patient(jane, deadline=soon())


def test_junos_list_of_callers_is_for_a_person_to_look_at(oscar_at: Place) -> None:
    juno = oscar_at.world("juno", is_ip_refused=True)

    with pytest.raises(NotAllowed):
        juno.emr.providers(deadline=soon())


@pytest.mark.parametrize("status", [500, 502, 404])
def test_a_page_for_people_is_a_failure(oscar: OscarWorld, jane: str, status: int) -> None:
    oscar.emr.patient(jane, deadline=soon())
    oscar.faults({"status": status})

    with pytest.raises(ProviderFailed):
        oscar.emr.patient(jane, deadline=soon())


def test_an_element_that_an_update_brought_is_read_with_the_new_contract(
    oscar: OscarWorld, jane: str
) -> None:
    booked = oscar.type_in(start=f"{DAY}T09:30", minutes=15, kiosk="yes")
    oscar.emr.visit(booked, deadline=soon())
    new = ["appointmentTransfer", "kiosk"]
    oscar.options(more=new, wsdl_more=new)

    visit = oscar.emr.visit(booked, deadline=soon())

    assert visit.id == booked


def test_an_element_in_no_contract_is_a_failure_and_not_half_an_answer(oscar: OscarWorld) -> None:
    booked = oscar.type_in(start=f"{DAY}T09:30", minutes=15, beacon="yes")
    oscar.options(more=["appointmentTransfer", "beacon"])

    with pytest.raises(ProviderFailed):
        oscar.emr.visit(booked, deadline=soon())


@pytest.mark.parametrize(("late_s", "is_late"), [(0.1, False), (0.3, True)])
def test_an_answer_is_waited_for_until_the_deadline(
    oscar: OscarWorld, jane: str, late_s: float, is_late: bool
) -> None:
    oscar.emr.patient(jane, deadline=soon())
    oscar.be_slow(late_s)

    if is_late:
        with pytest.raises(DeadlineExceeded):
            oscar.emr.patient(jane, deadline=soon(0.2))
    else:
        assert oscar.emr.patient(jane, deadline=soon(0.2)).id == jane


def test_no_error_repeats_what_an_answer_said(oscar: OscarWorld, jane: str) -> None:
    oscar.options(more=["demographicTransfer", "kiosk"])
    secret = oscar.chart("Roe", "Jane", date(1988, 5, 6), phones=["604-555-0142"], kiosk="Jane's secret")

    with pytest.raises(ProviderFailed) as failed:
        oscar.emr.patient(secret, deadline=soon())

    error: BaseException | None = failed.value
    assert "secret" not in repr(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_what_can_be_looked_up_is_told_with_what_is_odd(oscar: OscarWorld) -> None:
    found = oscar.another().capabilities(deadline=soon())

    assert found.name == "OSCAR 19"
    assert "register" in found.can
    assert "the status 'b' is taken for booked" in found.warnings
    assert any("another zone" in said for said in found.warnings)


def test_without_an_approval_nobody_is_registered(oscar: OscarWorld) -> None:
    emr = oscar.another(access=None)

    with pytest.raises(Unsupported):
        emr.register(newcomer(), deadline=soon())
    assert "register" not in emr.capabilities(deadline=soon()).can


def test_an_approval_in_the_browser_lets_us_register(oscar: OscarWorld) -> None:
    asked = oscar_rest.ask_in(oscar.server, CLIENT, "https://frontdesk.example/back", deadline=soon())
    verifier = oscar.http.get(asked.url).text.partition("oauth_verifier=")[2]

    access = oscar_rest.let_in(oscar.server, CLIENT, asked, verifier, deadline=soon())

    made = oscar.another(access=access).register(newcomer(), deadline=soon())
    assert (made.last_name, made.phones, made.address) == (
        "NOVAK",
        ("+16045550177",),
        "1 Main St, Vancouver, BC, V5K 0A1",
    )


def test_a_token_that_lapsed_is_for_a_person_to_look_at(oscar: OscarWorld) -> None:
    assert oscar.server.access
    emr = oscar.another(access=oscar.server.access._replace(token_secret="lapsed"))

    with pytest.raises(NotAllowed):
        emr.register(newcomer(), deadline=soon())


def test_who_is_there_by_the_health_card_is_not_registered_again(oscar: OscarWorld) -> None:
    known = oscar.chart("Nowak", "Petra", date(1992, 3, 4), phones=[], hin="9123456789", hcType="BC")

    made = oscar.emr.register(newcomer(health_card=HealthCard("9123456789", "", "BC")), deadline=soon())

    assert made.id == known


def test_a_chart_merged_into_another_is_not_active(oscar: OscarWorld) -> None:
    oscar.chart("Roe", "Jane", date(1988, 5, 6), phones=["(604) 555-0142 ext. 7"], headRecord=77)

    [found] = oscar.emr.by_phone(PHONE, deadline=soon())

    assert not found.is_active


@pytest.mark.parametrize(("sex", "gender"), [("M", "M"), ("F", "F"), ("X", "X"), ("O", "X"), ("", "U")])
def test_what_forks_write_for_a_sex_is_understood(oscar: OscarWorld, sex: str, gender: Gender) -> None:
    chart = oscar.chart("Roe", "Kim", date(1988, 5, 6), phones=[], sex=sex)

    assert oscar.emr.patient(chart, deadline=soon()).gender == gender


def test_a_birth_date_that_no_calendar_has_is_none(oscar: OscarWorld) -> None:
    chart = oscar.chart("Roe", "Kim", date(1988, 5, 6), phones=[], monthOfBirth="00")

    assert oscar.emr.patient(chart, deadline=soon()).birth_date is None


@pytest.mark.parametrize("address", ["http://oscar.example/oscar", "ftp://x/oscar", "https:///oscar"])
def test_an_address_that_is_not_https_is_refused(oscar: OscarWorld, address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        replace(oscar.server, base_url=address)


def test_nothing_secret_is_shown_of_a_server(oscar: OscarWorld) -> None:
    assert oscar.server.access
    assert oscar.server.password not in repr(oscar.server)
    assert oscar.server.access.token_secret not in repr(oscar.server)


# TLS


def test_a_certificate_counts_when_it_is_the_pinned_one(
    oscar: OscarWorld, behind_tls: tuple[str, str]
) -> None:
    url, trusted = behind_tls
    oscar.server = replace(oscar.server, base_url=f"{url}/oscar")

    def failure(ca_pem: str | None) -> str:
        with pytest.raises(ProviderFailed) as failed:
            oscar.another(ca_pem=ca_pem).providers(deadline=soon())
        return str(failed.value)

    assert "404" in failure(trusted)
    assert "certificate" in failure(None)
    assert "certificate" in failure(certificate()[0])


def test_how_a_server_is_described_is_read_without_the_heavy_libraries() -> None:
    code = "import sys, frontdesk.emr.oscar_server; sys.exit('zeep' in sys.modules or 'httpx' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
