"""What endpoints have in common: bodies, versions, roles, problem documents, one transaction, a log line."""

import base64
import json
import re
from http import HTTPStatus
from typing import Any

import psycopg
import pytest

from frontdesk.endpoint import Body, Endpoint, Parameters, Role, Versioned
from frontdesk.errors import DeadlineExceeded, Declined, Unclear, Unknown
from frontdesk.members.problems import Problem
from frontdesk.members.serving import Request, routed, serve
from frontdesk.tool import Wire
from tests.clinic import Clinic, Context
from tests.member import token

PATH = {"name": "bell"}


class Bell(Parameters):
    name: str
    times: int = 1


class Rung(Wire):
    rung_times: int


ENDPOINT = Endpoint(method="POST", path="/bells/{name}", parameters=Bell, answer=Rung)


def ring(raises: Exception | None = None, **query: str) -> tuple[int, str, dict[str, Any]]:
    """Status, media type and document of a handler that writes a row, then raises."""

    @serve(ENDPOINT)
    def handler(request: Request[Bell]) -> Rung:
        request.db.run(
            "INSERT INTO audit_log (org_id, action, outcome) VALUES ((SELECT auth.org_id()), 'ring', 'done')"
        )
        if raises is not None:
            raise raises
        return Rung(rung_times=request.parameters.times)

    event = {
        "headers": {"Authorization": f"Bearer {token()}"},
        "pathParameters": PATH,
        "queryStringParameters": query,
    }
    answer = handler(event, Context())
    return answer["statusCode"], answer["headers"]["content-type"], json.loads(answer["body"])


def rung(clinic: Clinic) -> int:
    return clinic.all("SELECT count(*) FROM audit_log WHERE action = 'ring'")[0][0]


def test_an_answer_is_camel_case_and_what_was_done_stays(clinic: Clinic) -> None:
    assert ring(times="3") == (200, "application/json", {"rungTimes": 3})
    assert rung(clinic) == 1


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (Problem(418, "Short and stout."), 418, "I'm a Teapot"),
        (Unknown(), 404, "Not Found"),
        (Unclear("Say which."), 400, "Bad Request"),
        (Declined("No.", currentStatus="cracked"), 409, "Conflict"),
        (DeadlineExceeded(), 503, "Service Unavailable"),
        (psycopg.errors.QueryCanceled("John Doe"), 503, "Service Unavailable"),
        (psycopg.errors.CheckViolation("John Doe"), 422, HTTPStatus(422).phrase),
        (psycopg.errors.UniqueViolation("John Doe"), 500, "Internal Server Error"),
        (RuntimeError("John Doe"), 500, "Internal Server Error"),
    ],
)
def test_an_error_undoes_the_work_and_is_a_problem_document_without_anybodys_words(
    clinic: Clinic, printed: pytest.CaptureFixture[str], error: Exception, status: int, title: str
) -> None:
    code, media_type, document = ring(error)

    assert (code, media_type) == (status, "application/problem+json")
    assert (document["type"], document["status"]) == ("about:blank", status)
    assert document["title"] == title
    assert document["detail"].endswith(".")
    assert document.get("currentStatus") == ("cracked" if status == 409 else None)
    assert rung(clinic) == 0
    assert "John" not in json.dumps(document) + printed.readouterr().out


def test_a_parameter_that_cant_be_read_or_is_unknown_is_named_and_its_value_is_not(clinic: Clinic) -> None:
    code, _, document = ring(times="John", extra="Doe", Times="1")

    assert (code, sorted(document["parameters"])) == (400, ["Times", "extra", "times"])
    assert "John" not in json.dumps(document)
    assert rung(clinic) == 0


def test_each_request_is_logged_with_its_clinic_its_endpoint_its_outcome_and_how_long_it_took(
    clinic: Clinic, printed: pytest.CaptureFixture[str]
) -> None:
    ring()
    ring(RuntimeError("John Doe"))

    lines = [json.loads(line) for line in printed.readouterr().out.splitlines()]
    answered = [line for line in lines if line.get("message") == "member request answered"]
    assert [(line["endpoint"], line["org_id"], line["outcome"]) for line in answered] == [
        ("POST /bells/{name}", clinic.org_id, 200),
        ("POST /bells/{name}", clinic.org_id, 500),
    ]
    assert all(0 < line["duration_ms"] < 4000 for line in answered)
    [failed] = [line for line in lines if line.get("message") == "a member's request failed"]
    assert failed["error"] == "RuntimeError"
    assert not re.search("John|Bearer|eyJ", json.dumps(lines))


class Inscription(Body):
    weight_kg: int
    motto: str | None = None


class Cast(Versioned):
    weight_kg: int
    motto: str | None


def cast(
    body: str | bytes, *, is_base64: bool = False, role: Role = "viewer", largest: int = 100, **headers: str
) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and document of a handler that takes a body, or a text, and has version 3 of it."""

    @serve(
        Endpoint(
            method="POST",
            path="/bells",
            parameters=Parameters,
            body=Inscription,
            answer=Cast,
            role=role,
            status=201,
            largest_body=largest,
        )
    )
    def handler(request: Request[Parameters, Inscription]) -> Cast:
        if request.if_match not in (None, 3):
            raise Problem(412, "Read it again.")
        return Cast(version=3, weight_kg=request.body.weight_kg, motto=request.body.motto)

    sent = base64.b64encode(body.encode() if isinstance(body, str) else body).decode() if is_base64 else body
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    event = {
        "headers": {"authorization": f"Bearer {token()}", **named},
        "body": sent,
        "isBase64Encoded": is_base64,
    }
    answer = handler(event, Context())
    return answer["statusCode"], answer["headers"], json.loads(answer["body"])


BELL = '{"weightKg": 5, "motto": "vivos voco"}'


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_body_is_read_however_api_gateway_hands_it_over(clinic: Clinic, is_base64: bool) -> None:
    status, headers, document = cast(BELL, is_base64=is_base64)

    assert (status, headers["etag"]) == (201, '"3"')
    assert document == {"version": 3, "weightKg": 5, "motto": "vivos voco"}


@pytest.mark.parametrize(
    "body", ["", "John", "{", '{"weightKg": ', "[1", "\ufeff{}x", '{"motto": "\\ud800"}']
)
def test_a_body_that_is_not_json_is_400(clinic: Clinic, body: str) -> None:
    status, headers, document = cast(body)

    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert "John" not in json.dumps(document)


@pytest.mark.parametrize("body", ["not base64!", "gICA"])
def test_base64_that_is_none_or_is_no_text_is_400(clinic: Clinic, body: str) -> None:
    @serve(Endpoint(method="POST", path="/bells", parameters=Parameters, body=str, answer=Rung))
    def handler(request: Request[Parameters, str]) -> Rung:
        return Rung(rung_times=len(request.body))

    event = {"headers": {"authorization": f"Bearer {token()}"}, "body": body, "isBase64Encoded": True}
    assert handler(event, Context())["statusCode"] == 400
    text = base64.b64encode("\ufeff三声".encode()).decode()
    assert json.loads(handler(event | {"body": text}, Context())["body"]) == {"rungTimes": 2}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"weightKg": 5, "colour": "John"}', "colour"),
        ('{"weight_kg": 5}', "weightKg"),
        ('{"weightKg": "5"}', "weightKg"),
        ('{"weightKg": true}', "weightKg"),
        ('{"weightKg": null}', "weightKg"),
        ('{"motto": "John"}', "weightKg"),
    ],
)
def test_a_field_that_is_unknown_missing_or_of_another_type_is_named_and_its_value_is_not(
    clinic: Clinic, body: str, field: str
) -> None:
    status, _, document = cast(body)

    assert (status, document["errors"][0]["field"]) == (422, field)
    assert "John" not in json.dumps(document)


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_body_is_measured_in_bytes_as_they_are(clinic: Clinic, is_base64: bool) -> None:
    fits = '{"weightKg": 5, "motto": "三声"}'
    size = len(fits.encode())

    assert cast(fits, is_base64=is_base64, largest=size)[0] == 201
    assert cast(fits, is_base64=is_base64, largest=size - 1)[0] == 413


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        ("", 201),
        ("*", 201),
        ('"3"', 201),
        ('W/"3"', 201),
        ('"2"', 412),
        ("3", 412),
        ('"three"', 412),
        ('"1", "3"', 412),
        (f'"{"9" * 30}"', 412),
    ],
)
def test_an_if_match_is_the_version_or_nothing_was_seen(clinic: Clinic, seen: str, status: int) -> None:
    assert cast(BELL, If_Match=seen)[0] == status


@pytest.mark.parametrize(
    ("has", "asks", "status"),
    [
        *(("viewer", "viewer", 201), ("viewer", "admin", 403), ("viewer", "owner", 403)),
        *(("admin", "admin", 201), ("admin", "owner", 403), ("owner", "owner", 201)),
    ],
)
def test_a_role_may_do_what_those_below_it_may(clinic: Clinic, has: Role, asks: Role, status: int) -> None:
    clinic.lower_the_owner(has)

    code, _, document = cast(BELL, role=asks)

    assert code == status
    assert status != 403 or (asks in document["detail"] and has in document["detail"])


def test_who_is_no_member_any_more_may_do_nothing_whatever_the_token_says(clinic: Clinic) -> None:
    clinic.lower_the_owner("viewer")
    clinic.do("DELETE FROM members WHERE role = 'viewer'")

    assert cast(BELL)[0] == 403
    assert ring()[0] == 403


def test_a_folder_of_several_routes_does_what_api_gateway_says(clinic: Clinic) -> None:
    def answering(path: str, times: int) -> Any:
        return serve(Endpoint(method="GET", path=path, parameters=Parameters, answer=Rung))(
            lambda _: Rung(rung_times=times)
        )

    handler = routed(answering("/once", 1), answering("/twice", 2))

    event = {"headers": {"authorization": f"Bearer {token()}"}, "routeKey": "GET /twice"}
    assert json.loads(handler(event, Context())["body"]) == {"rungTimes": 2}
