"""The member API's document: every route, with who may ask and what can go wrong."""

import json
import re
from typing import Any

import pytest

from gitops import openapi
from infra import discovery

DOCUMENT = openapi.document()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
ROUTES = {one.route: one for several in discovery.endpoints().values() for one in several}


def test_every_route_is_an_operation_with_a_name_of_its_own() -> None:
    assert OPERATIONS.keys() == ROUTES.keys()
    assert len({one["operationId"] for one in OPERATIONS.values()}) == len(OPERATIONS)
    assert OPERATIONS["PATCH /appointment-types/{id}"]["operationId"] == "patchAppointmentTypesById"


@pytest.mark.parametrize("route", ROUTES)
def test_an_operation_says_who_may_ask_what_is_sent_and_what_can_go_wrong(route: str) -> None:
    operation, endpoint = OPERATIONS[route], ROUTES[route]

    assert operation["x-role"] == endpoint.role
    assert DOCUMENT["security"] == [{"member": []}]
    assert {str(endpoint.status), "400", "401", "403", "503"} <= operation["responses"].keys()
    in_path = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
    assert all(f"{{{name}}}" in endpoint.path for name in in_path)
    assert len(in_path) == endpoint.path.count("{")
    assert ("requestBody" in operation) == (endpoint.body is not None)


def test_what_has_a_version_has_an_etag_and_takes_it_back() -> None:
    change = OPERATIONS["PATCH /organization"]

    assert "ETag" in change["responses"]["200"]["headers"]
    assert "If-Match" in [one["name"] for one in change["parameters"]]
    assert "412" in change["responses"]


def test_every_body_says_that_it_takes_no_other_fields_and_every_reference_leads_somewhere() -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT))):
        found: Any = DOCUMENT
        for part in reference.split("/"):
            found = found[part]
    for operation in OPERATIONS.values():
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            assert DOCUMENT["components"]["schemas"][name]["additionalProperties"] is False
    assert "functions." not in json.dumps(DOCUMENT)
