"""People to be called in again, from a CSV file: known patients who agreed, each once until a date.

Why somebody is to come stands in no column: the agent says that the clinic would like to see them.
"""

from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from frontdesk import zones
from frontdesk.call import between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.endpoint import Body, Day, Name
from frontdesk.members import audit
from frontdesk.patients import importing, phones, records
from frontdesk.patients.importing import Line
from frontdesk.patients.records import Record

SQL: Final = queries.beside(__file__)

COLUMNS: Final = ("first_name", "last_name", "birth_date", "phone", "until", "from", "consent")
NEEDED: Final = COLUMNS[:5]
LONGEST: Final = timedelta(days=366)
_ADDED: Final = ("key", "patient_id", "number", "not_before", "expires_at")
_UNREAD: Final = "It can't be read"


class _Written(Body):
    """One line, as it is read."""

    first_name: Name
    last_name: Name
    birth_date: Day
    phone: Name
    until: Day
    """The last day to call on."""
    first: Day | None = Field(default=None, alias="from")
    consent: Literal["yes", "no"] | None = None
    """`yes` is written down of the patient, who must not have said no before."""


class _Asked(NamedTuple):
    line: int
    written: _Written
    number: str

    @property
    def key(self) -> tuple[str, date, str]:
        one = self.written
        return records.key(one.first_name, one.last_name, one.birth_date, self.number)


class _Agreed(NamedTuple):
    patient_id: int
    may_be_called: bool | None


class _Key(NamedTuple):
    key: str


class _Recall(NamedTuple):
    line: int
    key: str
    patient_id: int
    number: str
    not_before: datetime
    expires_at: datetime
    is_new_consent: bool


def run(db: Transaction, text: str, *, is_dry: bool, skips_refused: bool) -> list[Line]:
    """What becomes, or became, of each line, in order; nothing of it is repeated.

    Raises `Problem` (422) for a file that can't be read as a whole, and, with the refused lines in it, for
    one that has some when it was to be written without `skips_refused`.
    """
    clinic, now = (call := between_calls(db)).clinic, zones.utc(call.now)
    report: list[Line] = []
    asked: list[_Asked] = []
    for number, cells in importing.rows(text, columns=COLUMNS, needed=NEEDED):
        read = _read(number, dict(cells), region=clinic.region)
        if isinstance(read, Line):
            report.append(read)
        else:
            asked.append(read)
    known = records.of_numbers(db, sorted({one.number for one in asked}))
    ids = [one.id for one in known.values()]
    agreed = {row.patient_id: row.may_be_called for row in db.all(_Agreed, SQL["agreed"], patient_ids=ids)}
    met = [one.id for asking in asked if (one := known.get(asking.key))]
    planned: dict[str, _Recall] = {}
    for one in asked:
        found = _planned(one, known.get(one.key), agreed, now=now, zone=clinic.zone)
        if isinstance(found, Line):
            report.append(found)
        elif (first := planned.setdefault(found.key, found)) is not found:
            report.append(Line(one.line, "same", f"as line {first.line}"))
    there = {row.key for row in db.all(_Key, SQL["known_recalls"], keys=list(planned))}
    report += [Line(one.line, "same" if key in there else "new") for key, one in planned.items()]
    report.sort()
    if not is_dry:
        if not skips_refused:
            importing.refuse(report, done="taken")
        db.run(SQL["leave_cancelled"], keys=list(planned))
        for one in planned.values():
            if one.is_new_consent:
                db.run(SQL["agree"], patient_id=one.patient_id, may=True)
                audit.note(db, "patient.consent_changed", patient_id=one.patient_id)
            values = one._asdict()
            db.run(SQL["add_recall"], **{name: values[name] for name in _ADDED})
    # What is said of a line tells whether somebody is there, and whether they want to be called.
    audit.note(db, "recalls.compared" if is_dry else "recalls.added", patient_ids=met)
    return report


def _read(line: int, given: dict[str, str], *, region: str) -> _Asked | Line:
    if "" in given:
        return Line(line, "refused", "It has another number of cells than the first line.")
    wire = {_WIRE[name]: value.strip() for name, value in given.items()}
    if "consent" in wire:
        wire["consent"] = wire["consent"].casefold()
    try:
        written = _Written.model_validate_strings(wire)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False, include_context=False)
        columns = {wire: column for column, wire in _WIRE.items()}
        told = [
            f"{columns[str(error['loc'][0])]}: {'It is missing' if error['type'] == 'missing' else _UNREAD}."
            for error in errors
        ]
        return Line(line, "refused", "; ".join(told))
    number = phones.spoken_number(written.phone, region=region)
    if number is None:
        return Line(line, "refused", f"phone: {_UNREAD}.")
    return _Asked(line, written, number)


_WIRE: Final = {"from": "from"} | {
    name: info.alias or name for name, info in _Written.model_fields.items() if name != "first"
}
"""Wire names by column."""


def _planned(
    asked: _Asked, known: Record | None, agreed: dict[int, bool | None], *, now: datetime, zone: ZoneInfo
) -> _Recall | Line:
    written, line = asked.written, asked.line
    if known is None:
        return Line(line, "refused", "There is no patient of that name, birth date and telephone number.")
    may = agreed.get(known.id)
    if may is False or written.consent == "no":
        return Line(line, "refused", "The patient does not want to be called.")
    if may is None and written.consent is None:
        return Line(line, "refused", "The patient has not agreed to be called; if so, say yes under consent.")
    expires_at = zones.midnight(written.until + timedelta(days=1), zone)
    not_before = max(now, zones.midnight(written.first, zone)) if written.first else now
    if expires_at <= not_before or expires_at - now > LONGEST:
        return Line(line, "refused", "until: It is past, before `from`, or more than a year away.")
    key = f"recall:{known.id}:{written.until.isoformat()}"
    return _Recall(line, key, known.id, asked.number, not_before, expires_at, may is None)
