"""Whatever JSON a member sends to whichever endpoint, it is taken or refused, and never our failure."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra import discovery
from local.tokens import member_id
from tests.clinic import Clinic
from tests.member import Member, token

MEMBER = Member(token())
WRITES = {
    one.route: one
    for several in discovery.endpoints().values()
    for one in several
    if one.body is not None and one.body is not str
}
ODD = st.sampled_from(
    (
        *("", " ", "\x00", "a\x00b", "陈", "𠮷", "x" * 300, "0", "-1", "2030-01-01", "24:00", "09:00"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "+16045550123"),
        *("CA", "UTC", "M", "BC", "day", "en", "billing"),
    )
)
SIMPLE = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | ODD | st.text(max_size=8)


def values(schema: dict[str, Any], whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What the field may be, as often as anything else; as deep as its schema goes."""
    if "$ref" in schema:
        return values(whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]], whole)
    if "anyOf" in schema:
        return st.one_of(*(values(one, whole) for one in schema["anyOf"]))
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(schema.get("minimum", -5), schema.get("maximum", 2**63)),
        "boolean": st.booleans(),
        "null": st.none(),
        "string": st.sampled_from(schema["enum"]) if "enum" in schema else ODD | st.text(max_size=20),
    }
    if schema.get("type") == "array":
        return st.lists(values(schema["items"], whole), max_size=3) | SIMPLE
    if schema.get("type") == "object":
        needed = schema.get("required", [])
        fields = {name: values(one, whole) for name, one in schema["properties"].items()}
        return st.fixed_dictionaries(
            {name: fields[name] for name in needed},
            optional={name: one for name, one in fields.items() if name not in needed},
        )
    return st.one_of(kinds.get(schema.get("type", "string"), SIMPLE), SIMPLE)


@pytest.mark.parametrize("route", WRITES)
def test_no_body_is_our_failure(clinic: Clinic, route: str) -> None:
    endpoint = WRITES[route]
    assert endpoint.body is not None
    schema: dict[str, Any] = endpoint.body.model_json_schema()
    [(type_id, patient_id)] = clinic.all(
        "SELECT (SELECT min(id) FROM appointment_types), (SELECT min(id) FROM patients)"
    )
    ids = {"patients": patient_id, "providers": 100, "appointment-types": type_id}
    ids["members"] = member_id(clinic.org_id)
    clinic.ask("get_clinic_info")
    clinic.do("INSERT INTO notifications (org_id, kind) VALUES (%s, 'booked')", clinic.org_id)
    ids |= {"calls": clinic.call, "notifications": clinic.all("SELECT max(id) FROM notifications")[0][0]}
    clinic.do(
        "INSERT INTO calendar_connections (org_id, vendor, account, connected_by)"
        " VALUES (%s, 'google', 'wei@clinic.example', 'somebody')",
        clinic.org_id,
    )
    ids["calendars"] = clinic.all("SELECT max(id) FROM calendar_connections")[0][0]
    path = endpoint.path.replace("{id}", str(ids.get(endpoint.path.split("/")[1])))
    seen: set[int] = set()

    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    @given(values(schema, schema))
    def ask(body: Any) -> None:
        answer = MEMBER.ask(endpoint.method, path, body)
        seen.add(answer.status)
        # 404: a body may name what is not there.
        assert answer.status in (200, 201, 400, 404, 409, 422), (body, answer.body)

    ask()
    assert seen & {400, 422}
    assert MEMBER.get("/organization").status == MEMBER.get("/providers").status == 200
