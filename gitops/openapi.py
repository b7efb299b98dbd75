"""The member API as an OpenAPI 3.1 document, made from every `functions/*/*/endpoint.py`."""

import sys
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from frontdesk.endpoint import Csv, Endpoint, Versioned
from infra import discovery

AnyEndpoint = Endpoint[Any, Any]
Schema = dict[str, Any]

_REFS: Final = "#/components/schemas/"
_ABOUT: Final = (
    "What a clinic's own people ask over HTTP. The clinic is the token's; what is another's is answered as"
    " what is not there. PATCH takes a JSON merge patch (RFC 7396): an absent field stays, null empties."
    " Where an answer has an `ETag`, it may be sent back as `If-Match`; a change that somebody else has"
    " overtaken is then 412."
)
_PROBLEMS: Final = {
    400: "The path, the query or the JSON can't be read.",
    401: "No token, or one that proves nothing.",
    403: "The token's owner is no member of the clinic, or of too low a role.",
    404: "There is nothing of that id at this clinic.",
    409: "The clinic's rules or its rows say no.",
    412: "Somebody has changed it since the version that `If-Match` names.",
    413: "The body is too large.",
    422: "Fields of the body can't be taken as they are; `errors` says which and why.",
    503: "The database, or another server, did not answer; ask again.",
}
"""What can go wrong, by status."""
_PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "A problem document (RFC 9457); nobody's words stand in one.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string", "description": "HTTP's own name of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is so, and what to do next."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def document() -> dict[str, Any]:
    """The document, its parts in the order of the folders."""
    schemas: dict[str, Schema] = {"Problem": _PROBLEM}
    paths: dict[str, dict[str, Any]] = {}
    for folder, endpoints in discovery.endpoints().items():
        for one in endpoints:
            paths.setdefault(one.path, {})[one.method.lower()] = _operation(folder, one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "frontdesk, for a clinic's own people", "version": "1", "description": _ABOUT},
        "security": [{"member": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {str(status): _problem(about) for status, about in _PROBLEMS.items()},
            "securitySchemes": {"member": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(folder: str, one: AnyEndpoint, schemas: dict[str, Schema]) -> dict[str, Any]:
    module = sys.modules[f"functions.{folder.replace('/', '.')}.endpoint"]
    about = (module.__doc__ or "").strip().splitlines()[0]
    is_versioned = issubclass(one.answer, Versioned)
    answer: dict[str, Any] = {
        "description": HTTPStatus(one.status).phrase,
        "content": {"text/csv; charset=utf-8": {"schema": {"type": "string"}}}
        if issubclass(one.answer, Csv)
        else {"application/json": {"schema": _named(folder, one.answer, "serialization", schemas)}},
    }
    if is_versioned:
        answer["headers"] = {"ETag": {"description": "The version.", "schema": {"type": "string"}}}
    if one.is_polled:
        answer["headers"] = {"ETag": {"description": "Of this answer.", "schema": {"type": "string"}}}
    made: dict[str, Any] = {
        "operationId": _identifier(one),
        "tags": [folder.split("/")[0]],
        "description": f"{about} Takes the role `{one.role}`.",
        "x-role": one.role,
        "parameters": _parameters(one, is_versioned=is_versioned and one.method != "GET"),
    }
    if one.body is not None:
        made["requestBody"] = {"required": True, "content": _body(folder, one, schemas)}
    statuses = [400, 401, 403, *_possible(one, is_versioned=is_versioned), 503]
    made["responses"] = {
        str(one.status): answer,
        **(
            {"304": {"description": "What `If-None-Match` names is the answer still."}}
            if one.is_polled
            else {}
        ),
        **{str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)},
    }
    return made


def _possible(one: AnyEndpoint, *, is_versioned: bool) -> list[int]:
    return [
        *([404] if "{" in one.path else []),
        *([409, *([412] if is_versioned else [])] if one.method != "GET" else []),
        *([413, 422] if one.body is not None else []),
    ]


def _identifier(one: AnyEndpoint) -> str:
    """`patchAppointmentTypesById`, of `PATCH /appointment-types/{id}`."""
    words = one.path.replace("{", "by-").replace("}", "").strip("/").replace("/", "-").split("-")
    return one.method.lower() + "".join(word.capitalize() for word in words)


def _parameters(one: AnyEndpoint, *, is_versioned: bool) -> list[dict[str, Any]]:
    schema = one.parameters.model_json_schema()
    found: list[dict[str, Any]] = []
    for name, about in schema.get("properties", {}).items():
        is_path = f"{{{name}}}" in one.path
        shown = {
            "name": name,
            "in": "path" if is_path else "query",
            "required": is_path or name in schema.get("required", []),
            "schema": {key: value for key, value in about.items() if key not in ("title", "description")},
        }
        found.append(shown | ({"description": about["description"]} if "description" in about else {}))
    if is_versioned:
        found.append({"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    if one.is_polled:
        found.append(
            {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}}
        )
    return found


def _body(folder: str, one: AnyEndpoint, schemas: dict[str, Schema]) -> dict[str, Any]:
    if one.body is str:
        return {"text/csv": {"schema": {"type": "string", "maxLength": one.largest_body}}}
    return {"application/json": {"schema": _named(folder, one.body, "validation", schemas)}}


def _named(
    folder: str, model: type[BaseModel] | Any, mode: JsonSchemaMode, schemas: dict[str, Schema]
) -> Schema:
    """A reference to the model's schema, which is put there with all that it is made of."""
    prefix = "".join(word.capitalize() for word in folder.replace("/", "_").split("_"))
    made: Schema = model.model_json_schema(mode=mode, ref_template=f"{_REFS}{prefix}{{model}}")
    for name, below in made.pop("$defs", {}).items():
        schemas[prefix + name] = below
    schemas[prefix + model.__name__] = made
    return {"$ref": f"{_REFS}{prefix}{model.__name__}"}


def _problem(about: str) -> dict[str, Any]:
    return {
        "description": about,
        "content": {"application/problem+json": {"schema": {"$ref": f"{_REFS}Problem"}}},
    }
