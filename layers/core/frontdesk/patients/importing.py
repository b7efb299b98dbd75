"""Patients from a CSV file: read line by line, compared with who is there, written all at once or not at all.

The report says of each line what becomes of it and never repeats what stands in it: a line number, names of
columns, and sentences of our own.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, Literal, NamedTuple

from pydantic import ValidationError

from frontdesk.call import between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.errors import Declined
from frontdesk.members import audit
from frontdesk.members.problems import Problem
from frontdesk.patients import fitting, names, records
from frontdesk.patients.fields import Written
from frontdesk.patients.records import Record
from frontdesk.patients.registration import Newcomer

SQL: Final = queries.beside(__file__)

COLUMNS: Final = tuple(Written.model_fields)
"""As a file's first line has them, in any order, in capitals or not: `first_name`, `First Name`."""
NEEDED: Final = tuple(name for name, info in Written.model_fields.items() if info.is_required())
MOST_LINES: Final = 10_000
_BATCH: Final = 500
"""Patients a statement: some 15,000 name keys, well within a statement's time."""
_WIRE: Final = {info.alias or name: name for name, info in Written.model_fields.items()}
"""Columns by their wire names."""

Status = Literal["new", "same", "changed", "refused"]
_Key = tuple[str, date, str]


class ImportRunning(Declined):
    """Another file of this clinic's is being written."""

    fact = "An import is running. Try again when it is done."


class Line(NamedTuple):
    """What becomes of one line."""

    line: int
    """Where it begins in the file; the first line, of the names, is 1."""
    status: Status
    detail: str = ""
    """Of a changed one its columns, of a refused one why."""


class _Person(NamedTuple):
    """One line that could be read."""

    line: int
    newcomer: Newcomer
    """As the line has it; whether the health card fits is seen once it is known what the clinic has."""
    given: frozenset[str]
    """The columns that weren't empty."""

    @property
    def key(self) -> _Key:
        return records.key(
            self.newcomer.first_name,
            self.newcomer.last_name,
            self.newcomer.birth_date,
            self.newcomer.phone,
        )


class _Named(NamedTuple):
    id: int
    first_name: str
    last_name: str
    native_name: str | None


def run(db: Transaction, text: str, *, is_dry: bool, skips_refused: bool) -> list[Line]:
    """What becomes, or became, of each line, in order.

    An empty cell leaves what is there. Raises `Problem` (422): for a file that can't be read as a whole, and,
    with the refused lines in it, for one that has some when it was to be written without `skips_refused`;
    `ImportRunning` when another is being written.
    """
    call = between_calls(db)
    db.run(SQL["take_time"])
    if not is_dry and not db.value(SQL["begin_import"]):
        raise ImportRunning
    report: list[Line] = []
    people: dict[_Key, _Person] = {}
    for number, cells in rows(text, columns=COLUMNS, needed=NEEDED):
        read = _read(number, cells, region=call.clinic.region, today=call.today)
        if isinstance(read, Line):
            report.append(read)
        elif (first := people.setdefault(read.key, read)) is not read:
            report.append(_again(read, first))
    numbers = sorted({one.newcomer.phone for one in people.values()})
    if not is_dry:
        db.run(SQL["lock_import"])
    known = records.of_numbers(db, numbers, to_change=not is_dry)
    compared = [known[key] for key in people if key in known]
    new: list[Newcomer] = []
    changed: list[tuple[int, Newcomer]] = []
    for key, person in people.items():
        before = known.get(key)
        after = _merged(person, before, region=call.clinic.region, today=call.today)
        if isinstance(after, Line):
            report.append(after)
        elif before is None:
            report.append(Line(person.line, "new"))
            new.append(after)
        elif differing := [name for name in COLUMNS if getattr(after, name) != getattr(before, name)]:
            report.append(Line(person.line, "changed", ", ".join(differing)))
            changed.append((before.id, after))
        else:
            report.append(Line(person.line, "same"))
    report.sort()
    if not is_dry:
        if not skips_refused:
            refuse(report, done="imported")
        entered = _enter(db, new)
        _index(db, entered + _put_right(db, changed))
        audit.note(db, "patients.imported", patient_ids=[one.id for one in [*entered, *compared]])
    else:
        # What is said of a line tells whether somebody is there.
        audit.note(db, "patients.compared", patient_ids=[one.id for one in compared])
    return report


def refuse(report: Iterable[Line], *, done: str) -> None:
    """Raises `Problem` (422), with the refused lines in it, if there are any; `done` is what nothing was."""
    refused = [line._asdict() for line in report if line.status == "refused"]
    if refused:
        told = f"{len(refused)} lines are refused, so nothing was {done}. Mend them, or say `skipRefused`."
        raise Problem(422, told, lines=refused)


def rows(
    text: str, *, columns: Sequence[str], needed: Sequence[str]
) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Each line's number and its cells that aren't empty, by column; raises `Problem` for no such file.

    A line with another number of cells than the first has the cell `""`.
    """
    head = text.split("\n", 1)[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[str] = []
    count, begins = 0, 1
    try:
        for cells in reader:
            number, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not found:
                found = _columns(cells, columns, needed)
                continue
            count += 1
            if count > MOST_LINES:
                raise Problem(422, f"At most {MOST_LINES} patients are taken at once; split the file.")
            fits = len(cells) == len(found)
            yield (
                number,
                [one for one in zip(found, cells, strict=True) if one[1].strip()] if fits else [("", "")],
            )
    except csv.Error:
        raise Problem(
            422, "The file is no CSV from this line on; is a quotation mark left open?", line=begins
        ) from None
    if not found:
        raise Problem(422, "The file is empty; its first line has the names of the columns.")


def _columns(cells: Sequence[str], columns: Sequence[str], needed: Sequence[str]) -> list[str]:
    found = [re.sub(r"[\s_-]+", "_", cell.strip().casefold()) for cell in cells]
    unknown = [place for place, name in enumerate(found, start=1) if name not in columns]
    missing = [name for name in needed if name not in found]
    if unknown or missing or len(set(found)) < len(found):
        raise Problem(
            422,
            "The first line has the names of columns: any of `columns`, each once, and all of `needed`.",
            columns=columns,
            needed=needed,
            missing=missing,
            unknownColumns=unknown,
        )
    return found


def _read(number: int, cells: list[tuple[str, str]], *, region: str, today: date) -> _Person | Line:
    """The person of a line, or why it is refused."""
    given = dict(cells)
    if "" in given:
        return Line(number, "refused", "It has another number of cells than the first line.")
    for name in ("health_card_type", "gender"):
        if name in given:
            given[name] = given[name].strip().upper()
    try:
        written = Written.model_validate_strings({_wire(name): text for name, text in given.items()})
        newcomer = fitting.checked(
            dict(written), sent=given.keys() - fitting.CARD, region=region, today=today
        )
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False, include_context=False)
        told = [(_WIRE[str(error["loc"][0])], _why(error["type"])) for error in errors]
    except Problem as problem:
        told = _told(problem)
    else:
        return _Person(number, newcomer, frozenset(given))
    return _refused(number, told)


def _told(problem: Problem) -> list[tuple[str, str]]:
    return [(_WIRE[error["field"]], error["detail"]) for error in problem.members["errors"]]


def _refused(line: int, told: Sequence[tuple[str, str]]) -> Line:
    return Line(line, "refused", "; ".join(f"{column}: {why}" for column, why in told))


def _why(kind: str) -> str:
    return "It is missing." if kind == "missing" else "It can't be read."


def _wire(name: str) -> str:
    return Written.model_fields[name].alias or name


def _again(person: _Person, first: _Person) -> Line:
    if person.newcomer == first.newcomer:
        return Line(person.line, "same", f"as line {first.line}")
    return Line(
        person.line, "refused", f"It is the same person as in line {first.line}, with something else."
    )


def _merged(person: _Person, before: Record | None, *, region: str, today: date) -> Newcomer | Line:
    """The patient as the line makes them, or why it is refused: a health card is one of several columns."""
    after = person.newcomer._asdict()
    sent = fitting.CARD
    if before is not None:
        after = before.written | {name: after[name] for name in person.given}
        sent &= person.given
    try:
        return fitting.checked(after, sent=sent, region=region, today=today)
    except Problem as problem:
        return _refused(person.line, _told(problem))


def _enter(db: Transaction, people: Sequence[Newcomer]) -> list[_Named]:
    return [
        one
        for batch in _batches(people)
        for one in db.all(_Named, SQL["enter_many"], people=_json([one._asdict() for one in batch]))
    ]


def _put_right(db: Transaction, changed: Sequence[tuple[int, Newcomer]]) -> list[_Named]:
    found: list[_Named] = []
    for batch in _batches(changed):
        people = [{"id": id_, **after._asdict()} for id_, after in batch]
        made = db.all(_Named, SQL["put_right_many"], people=_json(people))
        db.run(SQL["drop_name_keys_of_many"], ids=[one.id for one in made])
        found += made
    return found


def _index(db: Transaction, people: Sequence[_Named]) -> None:
    """Makes them findable by name, once all of them are there.

    How Postgres looks up the patient of a key was decided, perhaps, when there were ten; kept, it reads the
    table from end to end for every key (seen: 20 s for 3,000 patients, against 1).
    """
    db.run("DISCARD PLANS")
    for batch in _batches(people):
        pairs = [
            (key, one.id)
            for one in batch
            for key in names.index_keys(*filter(None, (one.first_name, one.last_name, one.native_name)))
        ]
        db.run(SQL["add_name_keys_of_many"], keys=[key for key, _ in pairs], ids=[id_ for _, id_ in pairs])


def _json(people: list[dict[str, Any]]) -> str:
    return json.dumps(people, default=date.isoformat, ensure_ascii=False)


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
