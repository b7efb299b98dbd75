"""A tool's messages: which of them a caller may hear, by the conditions on the call's arguments."""

from typing import Any

from gitops.documents import Document
from gitops.lint.shapes import mappings


def starts(tool: Document) -> list[tuple[int, Document]]:
    """What is said, or left unsaid, as the tool begins; each with its place among the messages."""
    return of_type(tool, "request-start")


def of_type(tool: Document, kind: str) -> list[tuple[int, Document]]:
    """The tool's messages of one type; each with its place among the messages."""
    return [(n, each) for n, each in mappings(tool.get("messages")) if each.get("type") == kind]


def start_in(tool: Document, language: str) -> str:
    """What the tool may say as it begins, in calls of a language; empty when it is silent."""
    heard = (text_in(each, language) for _, each in starts(tool) if may_hold(each, language))
    return next(filter(None, heard), "")


def text_in(message: Document, language: str) -> str:
    """What a message says; its own text for the language only where it has no other."""
    contents = [each for _, each in mappings(message.get("contents"))]
    own = next((each.get("text") for each in contents if each.get("language") == language), "")
    return str(message.get("content") or own or "")


def may_hold(message: Document, language: str) -> bool:
    """Whether some call of a language is one that the message is for."""
    return all(each.get("param") != "language" or _holds(each, language) for each in conditions(message))


def must_hold(message: Document, language: str) -> bool:
    """Whether every call of a language is one that the message is for."""
    return all(each.get("param") == "language" and _holds(each, language) for each in conditions(message))


def both_may_hold(one: Document, other: Document) -> bool:
    """Whether a call may satisfy the conditions of both; where that is hard to say, it may."""
    every = [*conditions(one), *conditions(other)]
    return all(
        _satisfiable([each for each in every if each.get("param") == param])
        for param in {str(each.get("param")) for each in every}
    )


def conditions(message: Document) -> list[Document]:
    """Of which all must hold."""
    return [each for _, each in mappings(message.get("conditions"))]


def _satisfiable(about: list[Document]) -> bool:
    """Whether one value satisfies all conditions on one argument."""
    exact = [each.get("value") for each in about if each.get("operator") == "eq"]
    if exact:
        return all(_holds(each, exact[0]) for each in about)
    lowest = [_number(each.get("value")) for each in about if each.get("operator") in ("gt", "gte")]
    highest = [_number(each.get("value")) for each in about if each.get("operator") in ("lt", "lte")]
    return not any(low is not None and high is not None and low > high for low in lowest for high in highest)


def _holds(condition: Document, value: Any) -> bool:
    """Whether a condition holds for a value; an order of what is no number does."""
    wanted, operator = condition.get("value"), condition.get("operator")
    if operator in ("eq", "neq"):
        return (value == wanted) is (operator == "eq")
    has, bound = _number(value), _number(wanted)
    if has is None or bound is None:
        return True
    orders = {"gt": has > bound, "gte": has >= bound, "lt": has < bound, "lte": has <= bound}
    return orders.get(str(operator), True)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
