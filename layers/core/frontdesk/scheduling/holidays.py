"""The public holidays of a clinic's province, written down ahead for the diary to read.

A day is written once. Whatever the clinic makes of its row stays, and so do rows of its own: who works on
Canada Day keeps it with `is_closed` false. A change of province adds the new one's days and takes none away,
for it can't be told which of them the clinic keeps on purpose.

Imports a package that only functions with the layer `holidays` have.
"""

from datetime import date
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID

from holidays import country_holidays

from frontdesk.call import between_calls
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction

SQL: Final = queries.beside(__file__)

_YEARS: Final = 3
"""This one and the next two; no clinic books further ahead."""


class _Clinic(NamedTuple):
    org_id: UUID


def clinics(db: Transaction) -> list[UUID]:
    """Which clinics keep holidays; the directory's answer, so asked without any clinic's claims."""
    return [clinic.org_id for clinic in db.all(_Clinic, SQL["clinics_with_holidays"])]


def keep(db: Transaction) -> int:
    """How many days were new to the clinic whose claims are set.

    Raises `NotImplementedError`, the package's own, for a province that there isn't.
    """
    call = between_calls(db)
    clinic = call.clinic
    if clinic.holiday_province is None:
        return 0
    days = public(clinic.region, clinic.holiday_province, call.today.year)
    return db.run(SQL["keep_holidays"], days=list(days), names=list(days.values()))


@cache
def public(country: str, province: str, first_year: int) -> dict[date, str]:
    """The public holidays of that year and the next two, with their English names.

    Where the law moves one that falls on a weekend, both days are in it.
    """
    years = range(first_year, first_year + _YEARS)
    return dict(country_holidays(country, subdiv=province, years=years, language="en_CA"))
