"""What the stand-in of a FHIR server holds, and how it is searched: those parameters that frontdesk uses.

Resources are kept as they came, with `meta` by the server. As everywhere in R4: `,` in a value is "or", a
parameter that comes twice is "and", a name begins so (in any case), a token is compared whole.
"""

import copy
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

Item = dict[str, Any]
Query = list[tuple[str, str]]


class Refused(Exception):
    """The server doesn't do what was asked; `code` is of an `OperationOutcome`."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


def outcome(no: Refused) -> Item:
    """As FHIR says no."""
    issue = {"severity": "error", "code": no.code, "diagnostics": no.text}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


class Store:
    """All resources, by kind and id."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Item]] = {}
        self._ids = itertools.count(1)

    def keep(self, file: Path) -> None:
        """Writes all of it down."""
        file.write_text(json.dumps(self.kept))

    def remember(self, file: Path) -> None:
        """As it was when it was written down; no id is given twice."""
        self.kept = json.loads(file.read_text())
        given = (int(key) for held in self.kept.values() for key in held if key.isdigit())
        self._ids = itertools.count(max(given, default=0) + 1)

    def read(self, kind: str, key: str) -> Item:
        """Raises `Refused`."""
        if key not in self.kept.get(kind, {}):
            raise Refused(404, "not-found", f"{kind}/{key} is not there")
        return copy.deepcopy(self.kept[kind][key])

    def create(self, one: Item, *, if_none_exist: Query | None = None) -> tuple[Item, bool]:
        """What stands, and whether it is new."""
        kind = one["resourceType"]
        if if_none_exist:
            there = self.search(kind, if_none_exist)
            if len(there) > 1:
                raise Refused(412, "multiple-matches", "several are there")
            if there:
                return there[0], False
        return self._keep({**one, "id": str(next(self._ids))}, 1), True

    def update(self, one: Item, *, if_match: str | None = None) -> Item:
        """Raises `Refused`, 412 if it has changed since that version."""
        before = self.kept.get(one["resourceType"], {}).get(one["id"])
        version = int(before["meta"]["versionId"]) if before else 0
        if if_match is not None and if_match.removeprefix("W/").strip('"') != str(version):
            raise Refused(412, "conflict", "it has changed")
        return self._keep(one, version + 1)

    def patch(self, kind: str, key: str, parts: Iterable[Item], *, if_match: str | None) -> Item:
        """A JSON Patch of whole elements."""
        one = self.read(kind, key)
        for part in parts:
            name = str(part["path"]).removeprefix("/")
            if part["op"] == "remove":
                del one[name]
            else:
                one[name] = part["value"]
        return self.update(one, if_match=if_match)

    def delete(self, kind: str, key: str) -> None:
        """Raises `Refused`."""
        self.read(kind, key)
        del self.kept[kind][key]

    def transaction(self, bundle: Item) -> Item:
        """All of it or nothing."""
        before = copy.deepcopy(self.kept)
        try:
            answers = [self._part(one) for one in bundle["entry"]]
        except Refused:
            self.kept = before
            raise
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}

    def _part(self, one: Item) -> Item:
        request = one["request"]
        if request["method"] == "POST":
            made, _ = self.create(one["resource"])
        else:
            made = self.update(one["resource"], if_match=request.get("ifMatch"))
        location = f"{made['resourceType']}/{made['id']}/_history/{made['meta']['versionId']}"
        return {"response": {"status": "200", "location": location}}  # and no resource: it needn't

    def search(self, kind: str, query: Query) -> list[Item]:
        """Those that fit, by what is known of `_MATCHES`; what isn't known is left out, as servers do."""
        known = [(_MATCHES[kind, name], _values(text)) for name, text in query if (kind, name) in _MATCHES]
        return [
            copy.deepcopy(one)
            for one in self.kept.get(kind, {}).values()
            if all(any(fits(one, value) for value in values) for fits, values in known)
        ]

    def _keep(self, one: Item, version: int) -> Item:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        kept = {**copy.deepcopy(one), "meta": {"versionId": str(version), "lastUpdated": now}}
        self.kept.setdefault(one["resourceType"], {})[one["id"]] = kept
        return copy.deepcopy(kept)


def _values(text: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", one) for one in re.split(r"(?<!\\),", text)]


def _token(name: str) -> Callable[[Item, str], bool]:
    return lambda one, value: str(one.get(name)) == value


def _identifier(one: Item, value: str) -> bool:
    system, _, wanted = value.rpartition("|")
    return any(
        each.get("value") == wanted and system in ("", each.get("system"))
        for each in one.get("identifier", [])
    )


def _phone(one: Item, value: str) -> bool:
    return any(
        each.get("system") == "phone" and each.get("value") == value for each in one.get("telecom", [])
    )


def _family(one: Item, value: str) -> bool:
    return any(each.get("family", "").lower().startswith(value.lower()) for each in one.get("name", []))


def _given(one: Item, value: str) -> bool:
    names = [name for each in one.get("name", []) for name in each.get("given", [])]
    return any(name.lower().startswith(value.lower()) for name in names)


def _reference(name: str, kind: str = "") -> Callable[[Item, str], bool]:
    def fits(one: Item, value: str) -> bool:
        wanted = value if "/" in value else f"{kind}/{value}"
        held: Any = one.get(name, [])
        listed: list[Item] = [held] if isinstance(held, dict) else held
        return any(each.get("actor", each).get("reference") == wanted for each in listed)

    return fits


def _start(one: Item, value: str) -> bool:
    prefix, text = (value[:2], value[2:]) if value[:1].isalpha() else ("eq", value)
    held, wanted = (datetime.fromisoformat(each) for each in (one["start"], text))
    wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    return {"ge": held >= wanted, "lt": held < wanted, "eq": held == wanted}[prefix]


_MATCHES: Final[Mapping[tuple[str, str], Callable[[Item, str], bool]]] = {
    ("Patient", "phone"): _phone,
    ("Patient", "family"): _family,
    ("Patient", "given"): _given,
    ("Patient", "birthdate"): _token("birthDate"),
    ("Patient", "identifier"): _identifier,
    ("Schedule", "actor"): _reference("actor"),
    ("Slot", "schedule"): _reference("schedule"),
    ("Slot", "start"): _start,
    ("Slot", "_id"): _token("id"),
    ("Appointment", "actor"): _reference("participant"),
    ("Appointment", "patient"): _reference("participant", "Patient"),
    ("Appointment", "date"): _start,
    ("Appointment", "identifier"): _identifier,
    ("Appointment", "status"): _token("status"),
}
SEARCHED: Final = tuple(_MATCHES)
"""Kinds, and names of their parameters."""
