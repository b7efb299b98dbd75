"""Charts as OSCAR has them, read as patients and compared; pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from frontdesk.emr.emr import Gender, HealthCard, NewPatient, Patient
from frontdesk.patients.phones import spoken_number

Row = Mapping[str, Any]

_INACTIVE: Final = frozenset({"IN", "DE", "IC", "ID", "MO", "FI"})
"""What OSCAR's own search leaves out."""
_GENDERS: Final[dict[str, Gender]] = {"M": "M", "F": "F", "X": "X", "O": "X", "T": "X"}


def patient(row: Row) -> Patient:
    """Of a `demographicTransfer`. Numbers that can't be read as such stand as they are."""
    number, head = str(row["demographicNo"]), row.get("headRecord")
    hin = _text(row, "hin")
    return Patient(
        id=number,
        last_name=_text(row, "lastName"),
        first_name=_text(row, "firstName"),
        birth_date=_birth_date(row),
        gender=_GENDERS.get(_text(row, "sex"), "U"),
        phones=_phones(row),
        email=_text(row, "email"),
        address=", ".join(filter(None, (_text(row, name) for name in _ADDRESS))),
        health_card=HealthCard(hin, _text(row, "ver"), _text(row, "hcType")) if hin else None,
        # A chart that was merged into another names that one as its head.
        is_active=_text(row, "patientStatus") not in _INACTIVE and (not head or str(head) == number),
        provider_id=_text(row, "providerNo") or None,
    )


_ADDRESS: Final = ("address", "city", "province", "postal")


def begins_so(one: Patient, last: str, first: str) -> bool:
    """Whether these are how the names begin, whatever their case and accents."""
    return _bare(one.last_name).startswith(_bare(last)) and _bare(one.first_name).startswith(_bare(first))


def same_person(found: Iterable[Patient], new: NewPatient) -> Patient | None:
    """Who among them is the newcomer: by the health card, else by name, birth date and a phone."""
    for one in found:
        if new.health_card and one.health_card:
            if _bare(one.health_card.number) == _bare(new.health_card.number):
                return one
        elif (
            _bare(one.last_name) == _bare(new.last_name)
            and _bare(one.first_name) == _bare(new.first_name)
            and one.birth_date == new.birth_date
            and new.phone in one.phones
        ):
            return one
    return None


def columns(new: NewPatient) -> dict[str, Any]:
    """What REST and Juno's SOAP both call the newcomer's fields, cut to the columns; without the address."""
    card = new.health_card
    cut = {
        "lastName": new.last_name[:30],
        "firstName": new.first_name[:30],
        "sex": new.gender,
        "phone": _written(new.phone)[:20],
        "email": new.email[:100],
        "hin": card.number[:20] if card else "",
        "ver": card.version[:3] if card else "",
        "hcType": card.issuer[:20] if card else "",
    }
    return {name: value for name, value in cut.items() if value}


def address(new: NewPatient) -> dict[str, str]:
    """Cut to the columns."""
    return {
        "address": new.address[:60],
        "city": new.city[:50],
        "province": new.province[:20],
        "postal": new.postal_code[:9],
    }


def _text(row: Row, name: str) -> str:
    return str(row.get(name) or "").strip()


def _birth_date(row: Row) -> date | None:
    try:
        return date(*(int(row[name]) for name in ("yearOfBirth", "monthOfBirth", "dateOfBirth")))
    except (KeyError, TypeError, ValueError):  # nothing there, or a day that no calendar has
        return None


def _phones(row: Row) -> tuple[str, ...]:
    written = [text for name in ("phone", "phone2", "cellPhone") if (text := _text(row, name))]
    return tuple(dict.fromkeys(spoken_number(text) or text for text in written))


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _written(number: str) -> str:
    """As staff write them, so that their own searches find it."""
    is_ours = number.startswith("+1") and len(number) == 12
    return f"{number[2:5]}-{number[5:8]}-{number[8:]}" if is_ours else number
