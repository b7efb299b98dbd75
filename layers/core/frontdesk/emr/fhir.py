"""An EMR that speaks FHIR R4, behind `emr.Emr`.

One class bends to the servers there are by the strategy in their description (`fhir_server`).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode

from frontdesk.emr import fhir_booking, fhir_capabilities
from frontdesk.emr import fhir_resources as resources
from frontdesk.emr.emr import (
    Capabilities,
    Charts,
    Draft,
    EmrName,
    Gone,
    NewPatient,
    Opening,
    Patient,
    Provider,
    Unsupported,
    Visit,
)
from frontdesk.emr.fhir_diary import Diary
from frontdesk.emr.fhir_json import Item
from frontdesk.emr.fhir_login import Key
from frontdesk.emr.fhir_server import Server
from frontdesk.emr.fhir_wire import Refused, Wire, escaped
from frontdesk.errors import ProviderFailed

MOST_FOUND: Final = 50
_MOST_OF_ONE_NUMBER: Final = 200
_PAGE: Final = ("_count", "200")


class Fhir:
    """One clinic's; its connection, token and schedules are kept between calls."""

    name: EmrName = "fhir"

    def __init__(self, server: Server, keys: Iterable[Key]) -> None:
        self.wire = Wire(server, keys)
        self._diary = Diary(self.wire)

    def close(self) -> None:
        """Gives the connection back."""
        self.wire.close()

    def capabilities(self, *, deadline: float) -> Capabilities:
        """See `Emr`."""
        return fhir_capabilities.found(self.wire, deadline=deadline)

    # ------------------------------------------------------------------ patients

    def by_phone(self, number: str, *, deadline: float) -> list[Patient]:
        """See `Emr`; a number that is written in a way nobody thought of is missed (`spellings`)."""
        spelled = ",".join(escaped(one) for one in resources.spellings(number))
        found = self._patients([("phone", spelled)], _MOST_OF_ONE_NUMBER, deadline)
        return [one for one in found if number in one.phones]

    def by_name(self, last: str, first: str, *, birth_date: date | None, deadline: float) -> list[Patient]:
        """See `Emr`."""
        query = [("family", escaped(last)), ("given", escaped(first))]
        query = [(name, value) for name, value in query if value]
        if birth_date:
            query.append(("birthdate", birth_date.isoformat()))
        if not query:
            return []
        found = self._patients(query, MOST_FOUND, deadline)[:MOST_FOUND]
        # A server that doesn't know a parameter may leave it out.
        return [one for one in found if birth_date is None or one.birth_date == birth_date]

    def patient(self, patient_id: str, *, deadline: float) -> Patient:
        """See `Emr`."""
        return _known(self.wire.read("Patient", patient_id, deadline=deadline))

    def everybody(self, position: str | None, *, deadline: float) -> Charts:
        """See `Emr`; a position is the address of a page, which the server may forget: `Gone`."""
        try:
            found, following = self.wire.page("Patient", [_PAGE], position, deadline=deadline)
        except Refused:
            if position is None:
                raise
            raise Gone("that page is no more") from None
        people = (one for one in found if one.get("resourceType") == "Patient" and "id" in one)
        return Charts(tuple(_known(one) for one in people), following)

    def register(self, new: NewPatient, *, deadline: float) -> Patient:
        """See `Emr`."""
        if self.wire.server.strategy == "read_only":
            raise Unsupported("this server is only read")
        known = [f"{system}|{escaped(value)}" for system, value in resources.identifiers(new)]
        # Not every server knows conditional creation, and one that doesn't leaves the header out.
        if there := self._patients([("identifier", ",".join(known))], 2, deadline):
            return there[0]
        same = urlencode({"identifier": known[0]})
        try:
            made, location = self.wire.write(
                "POST", "Patient", resources.new_patient(new), if_none_exist=same, deadline=deadline
            )
        except Refused as no:
            if no.is_unknown:
                raise Unsupported("this server registers nobody") from None
            raise
        if made.get("resourceType") == "Patient":
            return _known(made)
        return self.patient(resources.id_of({"reference": location}, "Patient"), deadline=deadline)

    def _patients(self, query: list[tuple[str, str]], most: int, deadline: float) -> list[Patient]:
        found = self.wire.search("Patient", [*query, ("_count", str(most))], pages=1, deadline=deadline)
        return [_known(one) for one in found if one.get("resourceType") == "Patient" and "id" in one]

    # ------------------------------------------------------------------ the diary

    def providers(self, *, deadline: float) -> list[Provider]:
        """See `Emr`."""
        return self._diary.providers(deadline=deadline)

    def openings(self, provider_id: str, first: date, last: date, *, deadline: float) -> list[Opening]:
        """See `Emr`; of `$find`, only what is free."""
        start, end = self._diary.days(first, last)
        return self._diary.openings(provider_id, start, end, deadline=deadline)

    def visits(self, provider_id: str, first: date, last: date, *, deadline: float) -> list[Visit]:
        """See `Emr`; a slot that is taken without a visit that we may see is time that is blocked."""
        start, end = self._diary.days(first, last)
        return self._diary.visits(provider_id, start, end, deadline=deadline)

    def visits_of(self, patient_id: str, since: datetime, *, deadline: float) -> list[Visit]:
        """See `Emr`."""
        return self._diary.visits_of(patient_id, since, deadline=deadline)

    def visit(self, visit_id: str, *, deadline: float) -> Visit:
        """See `Emr`."""
        return self._diary.visit(self._diary.appointment(visit_id, deadline=deadline), deadline=deadline)

    def book(self, draft: Draft, most: int, *, deadline: float) -> Visit:
        """See `Emr`; four requests, one more for a time that is lost."""
        self._check_writes()
        return fhir_booking.book(self._diary, draft, most, deadline=deadline)

    def move(self, visit: Visit, draft: Draft, most: int, *, deadline: float) -> Visit:
        """See `Emr`."""
        self._check_writes()
        return fhir_booking.move(self._diary, visit, draft, most, deadline=deadline)

    def cancel(self, visit: Visit, *, deadline: float) -> None:
        """See `Emr`."""
        self._check_writes()
        fhir_booking.cancel(self._diary, visit, deadline=deadline)

    def _check_writes(self) -> None:
        if self.wire.server.strategy == "read_only":
            raise Unsupported("this server is only read")


def _known(one: Item) -> Patient:
    try:
        return resources.patient(one)
    except LookupError:
        raise ProviderFailed("a patient without an id") from None
