"""Why what was typed is not taken, in a page's words: pydantic's are for programs, and in English alone."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from frontdesk.console import words
from frontdesk.console.words import _
from frontdesk.members.problems import NOT_TAKEN, Problem
from frontdesk.speech.language import Language

_EMPTY: Final = _("Fill this in.")
_OTHER: Final = _("This can't be taken as it is.")
_KINDS: Final = {
    "string_too_short": _("Write at least %(min_length)s characters."),
    "string_too_long": _("Write at most %(max_length)s characters."),
    "too_short": _("Choose at least %(min_length)s."),
    "too_long": _("At most %(max_length)s can be taken."),
    "greater_than": _("More than %(gt)s."),
    "greater_than_equal": _("At least %(ge)s."),
    "less_than": _("Less than %(lt)s."),
    "less_than_equal": _("At most %(le)s."),
    "decimal_max_places": _("Write at most %(decimal_places)s digits after the point."),
    "string_pattern_mismatch": _("Something is missing in it, or doesn't belong there."),
    "no_address": _("Write an e-mail address, such as ada@clinic.example."),
    "voice_speaks_not": _("The voice %(voice)s doesn't speak all of these languages: choose another voice."),
}
"""By pydantic's kinds, and those of our own that have values in them; the names are of an error's context."""
_FAMILIES: Final = {
    "int": _("Write a whole number, such as 30."),
    "float": _("Write a number, such as 0.5."),
    "decimal": _("Write a number, such as 0.5."),
    "date": _("Write a date, such as 2026-03-31."),
    "time": _("Write a time of day, such as 09:00."),
    "datetime": _("Write a day and a time, such as 2026-03-31 09:00."),
    "timezone": _("Write a day and a time, such as 2026-03-31 09:00."),
    "url": _("Write an address of the web, such as https://clinic.example."),
    "literal": _("Choose one of those that are offered."),
    "enum": _("Choose one of those that are offered."),
    "list": _("Choose at least one."),
}
"""By what the names of kinds begin with, for those that aren't above."""


def of(invalid: ValidationError) -> Problem:
    """422 for a page; each error has a text of the catalogue, and `values` for the names in it."""
    return Problem(422, NOT_TAKEN, errors=[_error(one) for one in invalid.errors(include_url=False)])


def _error(found: Any) -> dict[str, Any]:
    kind, context = found["type"], found.get("ctx", {})
    field = ".".join(str(part) for part in found["loc"])
    is_too_short = kind == "string_too_short" and context["min_length"] == 1
    if is_too_short or kind == "missing" or found["input"] in ("", None):
        return {"field": field, "detail": _EMPTY}
    if kind == "value_error":
        return {"field": field, "detail": found["msg"].removeprefix("Value error, ")}
    detail = _KINDS.get(kind) or _FAMILIES.get(kind.partition("_")[0], _OTHER)
    return {"field": field, "detail": detail, "values": context}


def told(language: Language, text: str, values: Mapping[str, Any] | None = None) -> str:
    """A refusal in the reader's language: as a whole, else sentence by sentence, else that there was one."""
    catalogue = words.catalogue(language)
    said = catalogue.gettext(text)
    if language != "en" and said == text:
        sentences = re.split(r"(?<=\.) ", text)
        in_theirs = [catalogue.gettext(one) for one in sentences]
        is_known = not set(sentences) & set(in_theirs)
        said = "".join(in_theirs) if is_known else catalogue.gettext(_OTHER)
    return said % values if values else said


def why(language: Language, problem: Problem | None, name: str) -> list[str]:
    """What is wrong with a field and with its parts, each sentence once; of "", with the form as a whole."""
    errors: list[dict[str, Any]] = problem.members.get("errors", []) if problem else []
    mine = [one for one in errors if one["field"] == name or (name and one["field"].startswith(f"{name}."))]
    return list(dict.fromkeys(told(language, one["detail"], one.get("values")) for one in mine))
