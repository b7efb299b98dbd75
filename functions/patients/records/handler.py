"""Lambda behind `/patients`, `/patients/{id}` and `/patients/{id}/memory`."""

from dataclasses import asdict

from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from frontdesk.patients import records
from frontdesk.patients.fields import Written
from functions.patients.records.endpoint import (
    CHANGE,
    ENTER,
    FORGET,
    READ,
    SEARCH,
    Changes,
    Forgotten,
    Found,
    One,
    Page,
    Patient,
    Search,
)


@serve(SEARCH)
def search(request: Request[Search]) -> Page:
    """One page of those who fit."""
    asked = request.parameters
    page = records.search(
        request.db,
        name=asked.name,
        phone=asked.phone,
        born=asked.birth_date,
        after=records.Place(*map(int, asked.cursor.split("-"))) if asked.cursor else None,
        limit=asked.limit,
    )
    return Page(
        patients=[Found.model_validate(one._asdict()) for one in page.found],
        next_cursor=page.ends and f"{page.ends.shared}-{page.ends.id}",
    )


@serve(READ)
def read(request: Request[One]) -> Patient:
    """The patient of that id."""
    return _shown(request.db, request.parameters.id)


@serve(ENTER)
def enter(request: Request[Nothing, Written]) -> Patient:
    """The patient who is new to the clinic."""
    return _shown(request.db, records.enter(request.db, dict(request.body)))


@serve(CHANGE)
def change(request: Request[One, Changes]) -> Patient:
    """The patient from now on."""
    id_ = request.parameters.id
    records.change(request.db, id_, request.body.model_dump(exclude_unset=True))
    return _shown(request.db, id_)


@serve(FORGET)
def forget(request: Request[One]) -> Forgotten:
    """What the desk remembered of their calls is gone."""
    return Forgotten(memories=records.forget(request.db, request.parameters.id))


def _shown(db: Transaction, patient_id: int) -> Patient:
    return Patient.model_validate(asdict(records.read(db, patient_id)))


handler = routed(search, read, enter, change, forget)
