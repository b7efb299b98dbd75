"""How questions go from a tool to the function that asks EMRs: JSON, by the annotations of `emr.Emr`."""

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, get_type_hints

from pydantic import TypeAdapter

from frontdesk.emr.emr import Away, Conflict, Emr, Gone, NoAnswer, NotAllowed, Refused, Unsupported
from frontdesk.errors import DeadlineExceeded, FrontdeskError, ProviderFailed

METHODS: Final = frozenset(
    name for name, _ in inspect.getmembers(Emr, inspect.isfunction) if not name.startswith("_")
)
WRITES: Final = frozenset({"register", "book", "move", "cancel"})
"""Of which nobody knows whether they were done when no answer comes."""
ERRORS: Final[Mapping[str, type[FrontdeskError]]] = {
    one.__name__: one
    for one in (
        *(Away, Conflict, Gone, NoAnswer, NotAllowed, Refused, Unsupported),
        *(DeadlineExceeded, ProviderFailed),
    )
}


@cache
def _adapters(method: str) -> tuple[dict[str, TypeAdapter[Any]], TypeAdapter[Any]]:
    """Of the arguments but the deadline, which is told as what is left, and of the answer."""
    if method not in METHODS:
        raise LookupError(method)
    hints = get_type_hints(getattr(Emr, method))
    answer = TypeAdapter[Any](hints.pop("return"))
    del hints["deadline"]
    return {name: TypeAdapter[Any](hint) for name, hint in hints.items()}, answer


@cache
def names(method: str) -> tuple[str, ...]:
    """Of the arguments, in order."""
    return tuple(_adapters(method)[0])


def told(method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as JSON has them."""
    adapters, _ = _adapters(method)
    return {name: adapters[name].dump_python(value, mode="json") for name, value in arguments.items()}


def arguments(method: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments from JSON. Raises `LookupError` of what there isn't, and pydantic's error."""
    adapters, _ = _adapters(method)
    if told.keys() != adapters.keys():
        raise LookupError(method)
    return {name: adapters[name].validate_python(value) for name, value in told.items()}


def answered(method: str, answer: Any) -> dict[str, Any]:
    """An answer as JSON has it."""
    return {"answer": _adapters(method)[1].dump_python(answer, mode="json")}


def refused(failed: FrontdeskError) -> dict[str, Any]:
    """An error as JSON has it: by the nearest name that the other half knows."""
    name = next((one.__name__ for one in type(failed).__mro__ if one.__name__ in ERRORS), "ProviderFailed")
    return {"error": name, "why": str(failed)}


def heard(method: str, said: Mapping[str, Any]) -> Any:
    """The answer of the other half; raises the error it names, `ValueError` or `LookupError` of neither."""
    if "error" in said:
        raise ERRORS[said["error"]](said["why"])
    return _adapters(method)[1].validate_python(said["answer"])
