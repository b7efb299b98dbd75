"""What a FHIR server can do: by its own capability statement, and by asking one of each."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from frontdesk.emr.emr import Capabilities, NotAllowed
from frontdesk.emr.fhir_json import Item, item, items
from frontdesk.emr.fhir_server import Strategy
from frontdesk.emr.fhir_wire import Refused, Wire

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "Patient": ("phone", "family", "given", "birthdate", "identifier"),
    "Schedule": ("actor",),
    "Slot": ("schedule", "start"),
    "Appointment": ("actor", "date", "patient", "identifier"),
}
"""Parameters by which is searched."""
_READS: Final[Mapping[str, frozenset[str]]] = {
    "Patient": frozenset({"by_phone", "by_name", "patient"}),
    "Practitioner": frozenset({"providers"}),
    "Slot": frozenset({"openings"}),
    "Appointment": frozenset({"visits", "visits_of", "visit"}),
}
"""What can be done where one of this kind may be read."""


def found(wire: Wire, *, deadline: float) -> Capabilities:
    """Of `Emr.capabilities`; raises `NotAllowed` if not even a login is given."""
    statement = wire.metadata(deadline=deadline)
    told = _Statement(statement)
    can: set[str] = set()
    warnings = told.warnings(wire.server.strategy)
    ask: Mapping[str, Callable[[], list[tuple[str, str]]]] = {
        "Slot": lambda: [("start", f"ge{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}")]
    }
    refused = 0
    for kind, methods in _READS.items():
        query = [*(ask[kind]() if kind in ask else []), ("_count", "1")]
        try:
            sample = wire.search(kind, query, pages=1, deadline=deadline)
        except NotAllowed as no:
            refused += 1
            if refused == len(_READS):
                raise
            warnings.append(f"{kind} may not be read: {no}")
            continue
        except Refused as no:
            warnings.append(f"{kind} can't be searched: {no}")
            continue
        can |= methods
        if kind in ("Practitioner", "Slot") and not sample:
            warnings.append(f"there is no {kind} to be seen")
        if (
            kind == "Slot"
            and sample
            and not sample[0].get("serviceType")
            and not sample[0].get("appointmentType")
        ):
            warnings.append("slots name neither serviceType nor appointmentType: all visits fit into all")
        if kind == "Appointment" and sample and not _versioned(sample):
            warnings.append("visits have no version: what others change at the same moment isn't noticed")
    can |= told.writes(wire.server.strategy)
    return Capabilities(told.name, frozenset(can), tuple(warnings))


class _Statement:
    """The server's own words."""

    def __init__(self, statement: Item) -> None:
        software = item(statement.get("software"))
        parts = (software.get("name") or statement.get("title") or "FHIR", software.get("version"))
        self.name = " ".join(str(one) for one in parts if one)
        self.fhir = str(statement.get("fhirVersion", ""))
        rest = items(statement.get("rest"))
        server = next((one for one in rest if one.get("mode") == "server"), Item())
        self._kinds = {str(one.get("type")): one for one in items(server.get("resource"))}
        self._whole = {one.get("code") for one in items(server.get("interaction"))}

    def does(self, kind: str, *codes: str) -> bool:
        """Whether it says one of these interactions of that resource."""
        said = {one.get("code") for one in items(self._kinds.get(kind, {}).get("interaction"))}
        return bool(said & set(codes))

    def operations(self) -> set[str]:
        """Of `Appointment`."""
        named = items(self._kinds.get("Appointment", {}).get("operation"))
        return {str(one.get("name", "")).removeprefix("$") for one in named}

    def writes(self, strategy: Strategy) -> set[str]:
        """Methods that write, as far as it says."""
        if strategy == "read_only":
            return set()
        can = {"register"} if self.does("Patient", "create") else set[str]()
        if self.does("Appointment", "update", "patch"):
            can |= {"cancel", "move"}
        books = {
            "transaction": "transaction" in self._whole,
            "post_only": self.does("Appointment", "create"),
            "operation": "book" in self.operations(),
        }
        return can | ({"book"} if books[strategy] else set())

    def warnings(self, strategy: Strategy) -> list[str]:
        """What a person should look at."""
        told: list[str] = []
        if not self.fhir.startswith("4."):
            told.append(f"it speaks FHIR {self.fhir or 'of no version'}, not R4")
        for kind, needed in _NEEDED.items():
            if kind not in self._kinds:
                told.append(f"it doesn't name {kind}")
                continue
            named = {one.get("name") for one in items(self._kinds[kind].get("searchParam"))}
            if missing := [one for one in needed if one not in named]:
                told.append(f"it doesn't name the search of {kind} by {', '.join(missing)}")
        if strategy == "read_only":
            return told
        if self._kinds.get("Patient", {}).get("conditionalCreate") is not True:
            told.append("no conditional creation: two registrations at one moment make two charts")
        if "book" not in self.writes(strategy):
            told.append(f"it doesn't name what booking by {strategy} needs")
        if strategy == "transaction" and self._kinds.get("Slot", {}).get("versioning") != "versioned-update":
            told.append("slots aren't updated by version: races are found by reading again")
        return told


def _versioned(sample: list[Item]) -> bool:
    return any(item(one.get("meta")).get("versionId") for one in sample)
