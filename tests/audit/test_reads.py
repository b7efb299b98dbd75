"""Every read of a patient is an entry: whomever a tool or endpoint names, the log of that moment names too.

Asked are those whose answers have room for a patient, by their own models: a new one comes by itself.
"""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from frontdesk.settings import settings
from tests.clinic import FAMILY, JOHN, Clinic
from tests.conftest import Database
from tests.protocol.test_any_arguments import TOOLS, definition, fields
from tests.vapi_account import VapiAccount, vapi_account
from tests.walls.test_endpoints import ENDPOINTS, MAPLE, bodies, ids_of_maples, paths, queries
from tests.walls.test_tools import of_maples

IDS = {"patientId", "demographicId"}


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account() as made:
        yield made


@pytest.fixture(autouse=True)
def _vapi(account: VapiAccount, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_VAPI_API_URL", account.url)
    monkeypatch.setenv("FRONTDESK_VAPI_PRIVATE_KEY", account.key)
    monkeypatch.setenv("FRONTDESK_PUBLIC_URL", "https://desk.example")
    settings.cache_clear()


def named(answer: object) -> set[int]:
    """The ids of patients in an answer: under a name of theirs, or beside somebody's first name."""
    if isinstance(answer, list):
        return set[int]().union(*map(named, cast("list[object]", answer)))
    if not isinstance(answer, dict):
        return set()
    fields = cast("dict[str, Any]", answer)
    found = {fields[name] for name in IDS if fields.get(name) is not None}
    if "firstName" in fields and fields.get("id") is not None:
        found.add(fields["id"])
    return found.union(*map(named, fields.values()))


def written(clinic: Clinic, since: int) -> set[int]:
    """The patients whom entries after that one name."""
    found = clinic.all(
        "SELECT unnest(coalesce(patient_ids, '{}') || patient_id) FROM audit_log WHERE id > %s", since
    )
    return {id_ for (id_,) in found if id_ is not None}


def last(clinic: Clinic) -> int:
    return clinic.all("SELECT coalesce(max(id), 0) FROM audit_log")[0][0]


def shows_people(one: Any) -> bool:
    """Whether the answers of an endpoint or a tool can name a patient."""
    schema = json.dumps(one.answer.model_json_schema(by_alias=True))
    return any(f'"{name}"' in schema for name in (*IDS, "firstName"))


@pytest.mark.parametrize("route", [route for route, one in ENDPOINTS.items() if shows_people(one)])
def test_whoever_an_endpoint_names_an_entry_of_that_request_names(clinic: Clinic, route: str) -> None:
    endpoint = ENDPOINTS[route]
    known = of_maples(clinic)
    ids = ids_of_maples(clinic, known)
    has_named: set[int] = set()
    for path in paths(endpoint, ids):
        for query in queries(endpoint, known):
            before = last(clinic)
            answer = MAPLE.ask(endpoint.method, path, bodies(ids).get(route), **query)
            if answer.status < 300:
                assert named(answer.body) <= written(clinic, before), (path, query)
                has_named |= named(answer.body)

    # So the test has seen what it is about; an endpoint that named nobody wants better arguments.
    assert has_named


@pytest.mark.parametrize("name", [name for name in TOOLS if shows_people(definition(name))])
def test_whoever_a_tool_names_an_entry_of_that_call_names(clinic: Clinic, name: str) -> None:
    known = of_maples(clinic)
    tool = definition(name)
    tool.ready()
    for caller, call in ((JOHN, clinic.call), (JOHN, "another"), (FAMILY, "a-third")):
        for keys in ([], known.keys() & set(fields(tool)), *([key] for key in known if key in fields(tool))):
            before = last(clinic)
            arguments = {**dict(tool.example), **{key: known[key] for key in keys}}
            item = clinic.asked(name, arguments, caller=caller, call=call)
            if "result" in item:
                assert named(json.loads(item["result"])) <= written(clinic, before), keys


def test_of_several_who_are_alike_all_are_written_down(clinic: Clinic) -> None:
    john = clinic.all("SELECT id FROM patients WHERE first_name = 'John'")[0][0]
    twin = MAPLE.post(
        "/patients",
        {"firstName": "John", "lastName": "Doe", "birthDate": "1991-01-15", "phone": "+16045550188"},
    ).body["id"]
    before = last(clinic)

    answer = clinic.ask("search_patient", name="John Doe", caller="+16045550187")

    assert {john, twin} <= {one["id"] for one in answer["patients"]}
    assert {john, twin} <= written(clinic, before)


def test_an_entry_says_who_and_from_where(clinic: Clinic) -> None:
    patient = clinic.prove_john()
    MAPLE.get(f"/patients/{patient}")

    found = clinic.all(
        "SELECT actor_kind, actor = call_id, source, actor = change ->> 'member' FROM audit_log"
        " WHERE patient_id = %s ORDER BY id",
        patient,
    )
    assert found == [("call", True, "phone", None), ("member", None, "127.0.0.1", True)]


def test_what_a_schedule_does_is_the_systems(clinic: Clinic) -> None:
    from functions.scheduling.sweep.handler import handler
    from tests.clinic import Context

    clinic.do("UPDATE organizations SET booking_mode = 'approval'")
    clinic.book()
    clinic.do("UPDATE appointments SET pending_until = now() - interval '1 second'")

    handler({}, Context())

    assert clinic.all(
        "SELECT actor_kind, actor, source FROM audit_log WHERE action = 'appointment.cancelled'"
    ) == [("system", "frontdesk", "schedule")]


def test_after_another_server_was_awaited_it_is_still_the_call(clinic: Clinic) -> None:
    clinic.ask("transfer_call", reason="billing")

    assert clinic.all("SELECT actor_kind, actor, source FROM audit_log") == [("call", clinic.call, "phone")]


def test_the_log_of_a_period_is_a_table_that_no_spreadsheet_runs(clinic: Clinic) -> None:
    clinic.prove_john()
    clinic.do(
        "INSERT INTO audit_log (org_id, action, outcome, actor, at)"
        " VALUES (%s, '=HYPERLINK(\"http://x\")', '@x', '+1', '2020-05-05 20:00Z')",
        clinic.org_id,
    )

    answer = MAPLE.get("/audit", from_="2020-05-05", to="2020-05-05")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, line = answer.body.splitlines()
    assert head.startswith("id,at,actor_kind,actor,source,action,outcome,patient_ids,")
    assert 'system,\'+1,database,"\'=HYPERLINK(""http://x"")",\'@x' in line
    assert MAPLE.get("/audit", from_="2020-05-06", to="2020-05-05").status == 400
    assert MAPLE.get("/audit", from_="2020-05-05").status == 400
    assert clinic.all("SELECT count(*) FROM audit_log WHERE action = 'audit.exported'") == [(1,)]
    clinic.lower_the_owner("viewer")
    assert MAPLE.get("/audit", from_="2020-05-05", to="2020-05-05").status == 403
