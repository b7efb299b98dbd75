"""What all endpoints have in common: problem documents, one undone transaction, a line in the log."""

import json
import re
from typing import Any

import psycopg
import pytest

from frontdesk.endpoint import Endpoint, Parameters
from frontdesk.errors import DeadlineExceeded, Declined, Unclear, Unknown
from frontdesk.members.problems import Problem
from frontdesk.members.serving import Request, serve
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
    answered = [line for line in lines if line["message"] == "member request answered"]
    assert [(line["endpoint"], line["org_id"], line["outcome"]) for line in answered] == [
        ("POST /bells/{name}", clinic.org_id, 200),
        ("POST /bells/{name}", clinic.org_id, 500),
    ]
    assert all(0 < line["duration_ms"] < 4000 for line in answered)
    [failed] = [line for line in lines if line["message"] == "a member's request failed"]
    assert failed["error"] == "RuntimeError"
    assert not re.search("John|Bearer|eyJ", json.dumps(lines))
