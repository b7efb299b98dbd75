"""Every endpoint, asked by one clinic's member with everything that is known of the other's rows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
from moto import mock_aws

from frontdesk import aws
from frontdesk.endpoint import Endpoint
from frontdesk.scheduling.statuses import DECISIONS
from frontdesk.settings import settings
from gitops import openapi
from infra import discovery
from local import demo
from tests.clinic import MAPLE_NUMBER, Clinic
from tests.conftest import Database
from tests.member import Answer, Member, token
from tests.vapi_account import VapiAccount, vapi_account
from tests.walls.test_tools import MAPLES, everything, of_maples, stands_in

ENDPOINTS = {one.route: one for several in discovery.endpoints().values() for one in several}
DOCUMENT = openapi.document()
HARBOURS, MAPLE = Member(token(demo.HARBOUR)), Member(token(demo.MAPLE))

NOBODYS: dict[str, Any] = {
    **dict.fromkeys(("appointments", "patients", "providers", "time-off", "appointment-types"), 987654321),
    "notifications": 987654321,
    "documents": 987654321,
    "calendars": 987654321,
    "phone-numbers": "+16045550199",
    "blocked-callers": "+16045550199",
    # Each clinic has a list of its own, so a number is never another's.
    "do-not-call": "+14165550177",
    "calls": "no-call-at-all",
    "agents": "00000000-0000-4000-8000-0000000000e2",
    "members": "nobody-at-all",
    "members/invitations": "00000000-0000-4000-8000-0000000000e2",
}
"""What is in the place of an id, by the path before it, when it is no clinic's at all."""

_AGENT = _INVITATION = "00000000-0000-4000-8000-0000000000e1"
_VIEWER = "maples-viewer"
_BLOCKED = "+17785550188"
_DOCUMENT = "where-maples-callers-park"
_ORIGINAL = "originals/of-maples-call.json"
_SAID = [{"role": "caller", "assistant": None, "at": "2026-03-02 17:00:00+00:00", "text": "I'm John Doe."}]
_FILE = "first_name,last_name,birth_date,phone\nJohn,Doe,1990-01-15,+16045550123\n"
_UNTIL = (datetime.now(UTC) + timedelta(days=30)).date()
_RECALLS = (
    f"first_name,last_name,birth_date,phone,until,consent\nJohn,Doe,1990-01-15,+16045550123,{_UNTIL},yes\n"
)
_NEW_PATIENT = {
    "firstName": "Zed",
    "lastName": "Quux",
    "birthDate": "1970-01-01",
    "phone": "+14165550177",
}


def bodies(ids: dict[str, Any]) -> dict[str, Any]:
    """What is sent, by route: right at Maple when the ids are Maple's; a route not here has no body."""
    cap = {"providerId": ids["providers"], "typeId": ids["appointment-types"], "period": "day", "most": 1}
    return {
        "PATCH /organization": {"caps": [cap]},
        "PATCH /members/{id}": {"role": "viewer"},
        "POST /members/invitations": {"email": "somebody@example.com", "role": "viewer"},
        "PUT /agents/{agent_id}": {"name": "Front desk"},
        "POST /patients": _NEW_PATIENT,
        "PATCH /patients/{id}": {"city": "Elsewhere"},
        "POST /patients/import": _FILE,
        "PUT /patients/{id}/consent": {"mayBeCalled": True},
        "POST /recalls": _RECALLS,
        "POST /providers": {"name": "Dr. Zed Quux"},
        "PATCH /providers/{id}": {"isActive": False},
        "PUT /providers/{id}/hours": {"weekly": [], "dates": []},
        "POST /time-off": {
            "providerId": ids["providers"],
            "startTime": "2030-01-01T00:00:00",
            "endTime": "2030-01-02T00:00:00",
        },
        "POST /appointment-types": {"name": "Flu shot", "durationMin": 5},
        "PATCH /appointment-types/{id}": {"isActive": False},
        "PATCH /calendars/{id}": {"calendars": []},
        "POST /documents": {"name": "fees.md", "text": "A sick note is $20."},
        "POST /knowledge/search": {"question": "What is a sick note?", "language": "en"},
        "PATCH /calls/{id}": {"resolvedFlags": []},
        "PATCH /notifications/{id}": {"read": True},
        "POST /notifications/read": {"upTo": ids["notifications"]},
    }


@pytest.fixture(scope="module")
def account() -> Iterator[VapiAccount]:
    with vapi_account() as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def _store() -> Iterator[None]:
    """What a clinic keeps of Maple's call, word for word."""
    told = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "FRONTDESK_STORE": "calls",
    }
    with pytest.MonkeyPatch.context() as patched, mock_aws():
        for name, value in told.items():
            patched.setenv(name, value)
        aws.client.cache_clear()
        aws.client("s3").create_bucket(Bucket="calls")
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        patched.setenv("FRONTDESK_CALENDARS_KEY_ARN", key)
        aws.client("s3").put_object(Bucket="calls", Key=_ORIGINAL, Body=json.dumps(_SAID))
        yield
    aws.client.cache_clear()


@pytest.fixture(autouse=True)
def _vapi(account: VapiAccount, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_VAPI_API_URL", account.url)
    monkeypatch.setenv("FRONTDESK_VAPI_PRIVATE_KEY", account.key)
    monkeypatch.setenv("FRONTDESK_PUBLIC_URL", "https://desk.example")
    for vendor in ("GOOGLE", "MICROSOFT"):
        monkeypatch.setenv(f"FRONTDESK_{vendor}_CLIENT_ID", "a-client")
    settings.cache_clear()


def ids_of_maples(clinic: Clinic, known: dict[str, Any]) -> dict[str, Any]:
    """Ids that are there at Maple, by the path before them; a path not known here fails, so tell it here."""
    clinic.do(
        "INSERT INTO time_off (org_id, starts_at, ends_at) VALUES (%s, '2031-01-01', '2031-01-02')",
        clinic.org_id,
    )
    clinic.do(
        "INSERT INTO call_originals (org_id, call_id, object_name, expires_at)"
        " VALUES (%s, %s, %s, now() + interval '1 day')",
        *(clinic.org_id, clinic.call, _ORIGINAL),
    )
    clinic.do("INSERT INTO blocked_callers (org_id, number) VALUES (%s, %s)", clinic.org_id, _BLOCKED)
    clinic.do(
        "INSERT INTO outbound_calls (org_id, purpose, key, number, patient_id, not_before, expires_at,"
        " next_at)"
        " SELECT org_id, 'recall', 'recall:of-maple', phone, id, now(), now() + interval '1 day', now()"
        " FROM patients WHERE id = %s",
        known["demographicId"],
    )
    agent = "'Maple desk', 'squad', '{en}', 'sarah', 'gpt-4o', 0.3"
    for table, values in (
        ("agents (id, org_id, name, template, languages, voice, model, temperature)", agent),
        ("members (user_id, org_id, email, role)", "'viewer@maple.example', 'viewer'"),
        ("invitations (id, org_id, email, role, invited_by)", "'invited@maple.example', 'viewer', 'me'"),
    ):
        id_ = _VIEWER if table.startswith("members") else _INVITATION
        clinic.do(f"INSERT INTO {table} VALUES (%s, %s, {values})", id_, clinic.org_id)
    clinic.do("INSERT INTO documents (org_id, name) VALUES (%s, %s)", clinic.org_id, f"{_DOCUMENT}.md")
    clinic.do(
        "INSERT INTO document_versions (org_id, document_id, status)"
        " SELECT org_id, id, 'ready' FROM documents"
    )
    clinic.do(
        "INSERT INTO document_chunks (org_id, document_id, version_id, place, heading, text, content_hash,"
        " is_suspicious) SELECT org_id, document_id, id, 0, '', %s, '', true FROM document_versions",
        _DOCUMENT,
    )
    clinic.do(
        "UPDATE documents d SET current_version = v.id FROM document_versions v WHERE v.document_id = d.id"
    )
    clinic.do(
        "INSERT INTO calendar_connections (org_id, vendor, account, connected_by)"
        " VALUES (%s, 'google', 'wei@maple.example', %s)",
        *(clinic.org_id, _VIEWER),
    )
    return {
        "calendars": clinic.all("SELECT max(id) FROM calendar_connections")[0][0],
        "members": _VIEWER,
        "members/invitations": _INVITATION,
        "agents": _AGENT,
        "appointments": known["appointmentId"],
        "patients": known["demographicId"],
        "providers": int(known["providerId"]),
        "time-off": clinic.all("SELECT max(id) FROM time_off")[0][0],
        "appointment-types": clinic.all("SELECT max(id) FROM appointment_types")[0][0],
        "phone-numbers": MAPLE_NUMBER,
        "calls": clinic.call,
        "blocked-callers": _BLOCKED,
        "documents": clinic.all("SELECT max(id) FROM documents")[0][0],
        "notifications": clinic.all("SELECT max(id) FROM notifications")[0][0],
        "do-not-call": NOBODYS["do-not-call"],
    }


def paths(endpoint: Endpoint[Any, Any], ids: dict[str, Any]) -> list[str]:
    """The endpoint's paths with these ids; a parameter not known here fails, so tell it here."""
    subject = endpoint.path.partition("/{")[0].removeprefix("/")
    filled = [endpoint.path]
    for name, values in {
        **{name: [ids.get(subject)] for name in ("id", "e164", "agent_id", "number")},
        "decision": DECISIONS,
        "vendor": ("google", "outlook"),
        "voice": ("sarah",),
    }.items():
        filled = [path.replace(f"{{{name}}}", str(value)) for path in filled for value in values]
    filled = list(dict.fromkeys(filled))
    assert not [path for path in filled if "{" in path or "None" in path]
    return filled


def queries(endpoint: Endpoint[Any, Any], known: dict[str, Any]) -> list[dict[str, Any]]:
    """Nothing, and each of the endpoint's parameters as it is right at Maple, and all of them."""
    right = {
        "from": known["startDate"],
        "to": known["endDate"],
        "providerId": known["providerId"],
        "name": known["name"],
        "phone": known["phone"],
        "birthDate": known["dateOfBirth"],
        "dryRun": "false",
    }
    names = [field.alias or name for name, field in endpoint.parameters.model_fields.items()]
    taken = {name: right[name] for name in names if f"{{{name}}}" not in endpoint.path and name in right}
    return [{}, *({name: value} for name, value in taken.items()), taken]


def asked(member: Member, endpoint: Endpoint[Any, Any], ids: dict[str, Any], **query: Any) -> list[Answer]:
    body = bodies(ids).get(endpoint.route)
    return [member.ask(endpoint.method, path, body, **query) for path in paths(endpoint, ids)]


def test_there_is_a_body_for_every_route_that_takes_one() -> None:
    assert set(bodies(NOBODYS)) == {route for route, one in ENDPOINTS.items() if one.body is not None}


@pytest.mark.parametrize("route", ENDPOINTS)
def test_no_endpoint_shows_or_changes_another_clinics_rows(
    clinic: Clinic, harbour: Clinic, route: str
) -> None:
    endpoint = ENDPOINTS[route]
    known = of_maples(clinic)
    ids = ids_of_maples(clinic, known)
    before = everything(clinic)

    answers = [
        answer for query in queries(endpoint, known) for answer in asked(HARBOURS, endpoint, ids, **query)
    ]

    statuses = {answer.status for answer in answers}
    if {"{id}", "{e164}", "{agent_id}"} & set(endpoint.path.split("/")):
        assert statuses == {409 if route == "PUT /phone-numbers/{e164}" else 404}
    assert statuses <= {200, 201, 400, 404, 409, 422}, "403 would tell that there is something"
    said = [json.dumps(answer.body, ensure_ascii=False) for answer in answers]
    words = [*MAPLES, _AGENT, _VIEWER, _DOCUMENT, "maple.example"]
    if "/appointments" in endpoint.path:
        words.append(f'"id": {known["appointmentId"]}')
    shown = [word for word in words for one in said if stands_in(word, one)]
    assert shown == []
    assert everything(clinic) == before


@pytest.mark.parametrize(
    "route",
    [
        route
        for route, one in ENDPOINTS.items()
        # An agent's id is chosen by who makes it, so one that is nobody's makes an agent; and a number that
        # another clinic blocks may be blocked here.
        if route
        not in (
            "PUT /agents/{agent_id}",
            "PUT /blocked-callers/{number}",
            # It names nothing of a clinic's, and is another address each time.
            "POST /calendars/{vendor}/connect",
        )
        and ("{" in one.path or one.path in ("/organization", "/time-off"))
    ],
)
def test_what_is_anothers_and_what_is_nobodys_is_answered_alike(
    clinic: Clinic, harbour: Clinic, route: str
) -> None:
    endpoint = ENDPOINTS[route]
    ids = ids_of_maples(clinic, of_maples(clinic))

    assert asked(HARBOURS, endpoint, ids) == asked(HARBOURS, endpoint, NOBODYS)


@pytest.mark.parametrize("route", ENDPOINTS)
def test_the_same_question_is_answered_at_its_own_clinic_as_the_document_says(
    clinic: Clinic, route: str
) -> None:
    """So the tests above ask for what is really there; and a body with a field that isn't is refused."""
    endpoint = ENDPOINTS[route]
    known = of_maples(clinic)
    ids = ids_of_maples(clinic, known)
    body = bodies(ids).get(route)
    operation = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]

    if isinstance(body, dict):
        more: dict[str, Any] = {**body, "nobodyKnowsThis": 1}
        for path in paths(endpoint, ids):
            refused = MAPLE.ask(endpoint.method, path, more)
            assert [error["field"] for error in refused.body["errors"]] == ["nobodyKnowsThis"]
    answers = asked(MAPLE, endpoint, ids, **queries(endpoint, known)[-1])

    # Of the decisions, those that don't lead on from a visit that was just booked are refused. Maple has no
    # EMR to be checked: tests/emr/test_checks.py asks at a clinic that has.
    assert (409 if endpoint.asks_emr else endpoint.status) in [answer.status for answer in answers]
    for answer in answers:
        assert answer.status in (endpoint.status, 409)
        media_type = answer.headers["content-type"]
        response = operation["responses"][str(answer.status)]
        if "$ref" in response:
            response = DOCUMENT["components"]["responses"][str(answer.status)]
        schema = response["content"][media_type]["schema"]
        jsonschema_rs.validator_for({**DOCUMENT, **schema}).validate(answer.body)


def test_another_clinics_visit_is_decided_by_nobody_else(clinic: Clinic, harbour: Clinic) -> None:
    known = of_maples(clinic)
    days = {"from": known["startDate"], "to": known["endDate"]}

    [listed] = MAPLE.get("/appointments", **days).body["appointments"]
    assert listed["id"] == known["appointmentId"]
    assert HARBOURS.get("/appointments", **days).body == {"appointments": []}
    arrived = f"/appointments/{known['appointmentId']}/arrived"
    assert HARBOURS.post(arrived).status == 404
    assert MAPLE.post(arrived).status == 200
