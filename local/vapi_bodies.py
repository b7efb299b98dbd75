"""Whether Vapi would take the body of a request, and what it says when it doesn't."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from local import vapi_schemas
from local.vapi_refused import Refused

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

_READ_ONLY: Final[Mapping[str, frozenset[str]]] = {"structured-output": frozenset({"workflowIds"})}
"""Server-made though the SDK lets it be sent; `id`, `orgId` and their like stand in no model of a body."""
_TOLD_APART_BY: Final = {"tool": "type", "phone-number": "provider", "credential": "provider"}
"""What says which sort of the kind a body is; PATCH goes without."""
_NOT_ON_PATCH: Final[Mapping[str, frozenset[str]]] = {"structured-output": frozenset({"type"})}
_ALSO_ON_PATCH: Final = {"squad": {"members"}}

_TYPES: Final[Mapping[str, str]] = {
    "string": "must be a string",
    "number": "must be a number conforming to the specified constraints",
    "integer": "must be an integer number",
    "boolean": "must be a boolean value",
    "array": "must be an array",
    "object": "must be an object",
}


def check(kind: str, body: Any, *, patched: Mapping[str, Any] | None = None) -> None:
    """Raises `Refused` with every fault of a body, in Vapi's words as far as they were seen.

    Args:
        kind: of the resource.
        body: of a POST, or of a PATCH.
        patched: what a PATCH would change.
    """
    if not isinstance(body, dict):
        raise Refused(400, ["the body must be an object"])
    sent = cast("dict[str, Any]", body)
    none = frozenset[str]()
    refused = _READ_ONLY.get(kind, none) | (_NOT_ON_PATCH.get(kind, none) if patched else none)
    faults = [f"property {name} should not exist" for name in sent if name in refused]
    whole = _without_nulls({name: value for name, value in sent.items() if name not in refused})
    if patched and (name := _TOLD_APART_BY.get(kind)):
        # Vapi's own engine never sends it, its SDK and its API document do: so it may say what is so.
        if name in sent and sent[name] != patched[name]:
            faults.append(f"property {name} should not exist")
        whole[name] = patched[name]
    for error in validator().iter_errors({kind: whole}):
        if patched and _is_missing(error) and len(error.instance_path) == 1:
            missing = error.kind.as_dict()["property"]
            if missing not in _ALSO_ON_PATCH.get(kind, ()) or missing in sent:
                continue
        faults += _said(error)
    if faults:
        raise Refused(400, faults)


@cache
def validator() -> "Validator":
    """Made at the first asking: a third of a second, or ten and more where the schema isn't kept yet."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(vapi_schemas.schema())


def _said(error: "ValidationError") -> Iterator[str]:
    path = [str(part) for part in error.instance_path[1:]]
    at = ".".join(path)
    told = error.kind.as_dict()
    match error.kind.name:
        case "additionalProperties":
            before = f"{at}." if at else ""
            yield from (f"{before}property {name} should not exist" for name in told["unexpected"])
        case "required":
            yield f"{'.'.join([*path, told['property']])} should not be empty"
        case "enum":
            yield f"{at} must be one of the following values: {', '.join(map(str, told['options']))}"
        case "const":
            yield f"{at} must be equal to {told['expected_value']}"
        case "maximum":
            yield f"{at} must not be greater than {told['limit']}"
        case "minimum":
            yield f"{at} must not be less than {told['limit']}"
        case "maxLength":
            yield f"{at} must be shorter than or equal to {told['limit']} characters"
        case "minLength":
            yield f"{at} must be longer than or equal to {told['limit']} characters"
        case "pattern":
            yield f"{at} must match {told['pattern']} regular expression"
        case "type":
            yield f"{at} {' or '.join(_TYPES[one] for one in told['types'])}"
        case _:
            yield f"{at}: {error.message}"


def _is_missing(error: "ValidationError") -> bool:
    return error.kind.name == "required"


def _without_nulls(value: Any) -> Any:
    """A null takes a key away, so it is never wrong."""
    if isinstance(value, dict):
        kept = cast("dict[str, Any]", value)
        return {name: _without_nulls(inner) for name, inner in kept.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in cast("list[Any]", value)]
    return value
