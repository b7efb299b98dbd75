"""How a clinic's EMR stands: one of each is read there and timed, and held against what the clinic has here.

Nothing is changed, and no chart or visit is shown: only how many there are.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from frontdesk import zones
from frontdesk.db import queries
from frontdesk.db.transaction import Transaction
from frontdesk.emr.emr import Away, Capabilities, Emr, EmrName, NotAllowed, Opening, Provider
from frontdesk.errors import DeadlineExceeded, Declined, FrontdeskError

SQL: Final = queries.beside(__file__)
AHEAD: Final = timedelta(days=6)
"""Days that are read beside today."""
TOO_OLD_S: Final = 15 * 60
"""Since the last whole reading; there is one every minute or so."""
NUMBERS_TOO_OLD_S: Final = 50 * 3600
"""They are read each night."""
_METHODS: Final = ("by_phone", "by_name", "register", "openings", "visits", "book", "move", "cancel")
"""What callers need, in the order in which it is told."""
_T = TypeVar("_T")


class NotConnected(Declined):
    """The clinic has its diary and charts here."""

    fact = "This clinic has no EMR; `frontdesk emr connect` gives it one."


class Known(NamedTuple):
    """Of the clinic and its connection, by what has been read of its EMR: nobody asks it."""

    clinic: str
    time_zone: str
    slot_interval_min: int
    slot_offset_min: int
    emr: EmrName | None
    version: int | None
    failures: int | None
    retry_at: datetime | None
    synced_s: int | None
    sync_failure: str | None
    charts_read_s: int | None
    numbers: int
    in_doubt: int


class Link(NamedTuple):
    """A provider of ours and who they are there."""

    emr_id: str
    name: str
    is_active: bool


class Kind(NamedTuple):
    """A kind of visit that callers may book."""

    name: str
    duration_min: int
    codes: list[str]
    """Of the time that it may be in; none: any."""


def worded(sentence: str, **places: object) -> str:
    """The sentence, filled in; each that stands in a call of this is in the console's catalogues."""
    return sentence.format(**places)


_OPENING: Final = worded("description and secret")
"""The first reading; the EMR isn't asked for it."""


class Here(NamedTuple):
    """What is held against a clinic's EMR."""

    emr: EmrName
    known: Known
    links: list[Link]
    kinds: list[Kind]


def here(db: Transaction) -> Here:
    """Raises `NotConnected`."""
    known = db.one(Known, SQL["emr_known"])
    if known is None or known.emr is None:
        raise NotConnected
    return Here(known.emr, known, links(db), kinds(db))


def told(can: Iterable[str]) -> list[str]:
    """Of what works there, what callers need, in the order in which it is told."""
    there = set(can)
    return [one for one in _METHODS if one in there]


class Reading(NamedTuple):
    """One thing that was asked of an EMR."""

    what: str
    ms: int
    found: str | None
    failed: str | None


class Asked(NamedTuple):
    """What came of asking an EMR once."""

    product: str
    can: frozenset[str]
    readings: list[Reading]
    openings: list[Opening] | None
    """None: they could not be read."""
    wrong: list[str]
    """Beside readings that failed."""
    warnings: list[str]

    def failures(self) -> list[str]:
        """Of readings; each needs somebody."""
        return [f"{one.what}: {one.failed}" for one in self.readings if one.failed]


def held_against(ours: Here, opened: Callable[[], Emr], ends: float) -> Asked:
    """One of each is read in the EMR, and held against what the clinic has here."""
    known = ours.known
    asked = asked_once(ours.emr, opened, ours.links, known.time_zone, ends)
    if asked.openings is None:
        return asked
    grid = known.slot_interval_min, known.slot_offset_min
    fitting = _fit(asked.openings, ours.kinds, grid, zones.zone(known.time_zone))
    return asked._replace(warnings=[*asked.warnings, *fitting])


def asked_once(
    name: EmrName, opened: Callable[[], Emr], links: Iterable[Link], time_zone: str, ends: float
) -> Asked:
    """Logs in and reads one of each. After a failed login nothing more is asked: some lock an account."""
    read = _Readings()
    emr = read.of(_OPENING, opened, lambda _: name)
    if emr is None:
        return Asked("", frozenset(), read.made, None, [], [])
    capabilities = read.of(worded("login, capabilities"), lambda: emr.capabilities(deadline=ends), _product)
    if capabilities is None:
        return Asked("", frozenset(), read.made, None, [], [])
    openings: list[Opening] | None = None
    linked = {one.emr_id: one for one in links}
    wrong: list[str] = []
    warnings = list(capabilities.warnings)
    people = read.of(worded("providers"), lambda: emr.providers(deadline=ends), _people)
    if people is not None:
        wrong += _left(people, linked.values())
        chosen = _chosen(people, linked)
        if chosen is None:
            wrong.append(worded("nobody sees patients there, by the EMR's own list of people"))
        else:
            today = zones.today(datetime.now(UTC), zones.zone(time_zone))
            first, last = today, today + AHEAD
            openings = _openings(read, emr, chosen, first, last, ends)
            read.of(
                worded("visits of provider {id}, 7 days", id=chosen.id),
                lambda: emr.visits(chosen.id, first, last, deadline=ends),
                lambda visits: worded("visits there: {n}", n=len(visits)),
            )
    wrong += _missing(name, capabilities)
    return Asked(capabilities.name, capabilities.can, read.made, openings, wrong, warnings)


class _Readings:
    """Each with how long it took; what fails needs somebody."""

    def __init__(self) -> None:
        self.made: list[Reading] = []

    def of(self, what: str, ask: Callable[[], _T], told: Callable[[_T], str]) -> _T | None:
        begun = time.monotonic()
        got: _T | None = None
        found = failed = None
        try:
            got = ask()
            found = told(got)
        except FrontdeskError as error:
            failed = _said(what, error)
        self.made.append(Reading(what, round((time.monotonic() - begun) * 1000), found, failed))
        return got


def _said(what: str, error: FrontdeskError) -> str:
    """In plain words, with what to do about it."""
    match error:
        case Away():
            return worded("it hasn't answered for a while")
        case NotAllowed() if what != _OPENING:
            return worded(
                "{why}. Look at the login and its rights, the certificate, and its list of callers", why=error
            )
        case DeadlineExceeded():
            return worded("no answer in time")
        case _:
            return str(error) or type(error).__name__


def _product(capabilities: Capabilities) -> str:
    return capabilities.name


def _people(people: list[Provider]) -> str:
    there = sum(one.is_active for one in people)
    return worded("{there} see patients, {left} have left", there=there, left=len(people) - there)


def _chosen(people: list[Provider], linked: dict[str, Link]) -> Provider | None:
    """Whose days are read: somebody who is linked, if anybody is."""
    there = [one for one in people if one.is_active]
    return next((one for one in there if one.id in linked), there[0] if there else None)


def _openings(
    read: _Readings, emr: Emr, whose: Provider, first: date, last: date, ends: float
) -> list[Opening] | None:
    def told(openings: list[Opening]) -> str:
        codes = ", ".join(sorted({one.code for one in openings if one.code})) or "–"
        hours = sum((one.end - one.start).total_seconds() for one in openings) / 3600
        return worded("{hours} hours that may be booked; codes: {codes}", hours=f"{hours:g}", codes=codes)

    what = worded("openings of provider {id}, 7 days", id=whose.id)
    return read.of(what, lambda: emr.openings(whose.id, first, last, deadline=ends), told)


def _left(people: list[Provider], links: Iterable[Link]) -> list[str]:
    there = {one.id for one in people if one.is_active}
    return [
        worded(
            "{name} (provider {id} there) has left, or sees no patients there: deactivate them here",
            name=one.name,
            id=one.emr_id,
        )
        for one in links
        if one.is_active and one.emr_id not in there
    ]


def _missing(emr: EmrName, capabilities: Capabilities) -> list[str]:
    """Of what callers need."""
    missing = [one for one in _METHODS if one not in capabilities.can]
    wrong: list[str] = []
    if "register" in missing and emr == "oscar":
        missing.remove("register")
        wrong.append(
            worded("nobody can be registered: let us into its REST services by `frontdesk emr approve`")
        )
    if missing:
        wrong.append(
            worded("not possible there, or not allowed to us: {methods}", methods=", ".join(missing))
        )
    return wrong


def standing(db: Transaction) -> tuple[Known, list[str]] | None:
    """What is known here of the clinic's EMR, and what of that is wrong; None where its diary is here."""
    known = db.one(Known, SQL["emr_known"])
    return None if known is None or known.emr is None else (known, gone_wrong(known))


def gone_wrong(known: Known) -> list[str]:
    """What needs somebody, by what is written down here."""
    wrong: list[str] = []
    if known.retry_at is not None:
        wrong.append(
            worded(
                "it didn't answer {n} times in a row, so it isn't asked before {time} UTC",
                n=known.failures,
                time=f"{known.retry_at:%H:%M:%S}",
            )
        )
    if known.sync_failure:
        wrong.append(worded("the last reading of its diary failed ({why})", why=known.sync_failure))
    if known.synced_s is None:
        wrong.append(worded("its diary has not been read yet: no time is offered"))
    elif known.synced_s > TOO_OLD_S:
        wrong.append(
            worded("its diary was read {n} minutes ago: what was read grows old", n=known.synced_s // 60)
        )
    if known.charts_read_s is None:
        wrong.append(
            worded("its telephone numbers have not all been read yet: some callers aren't known by theirs")
        )
    elif known.charts_read_s > NUMBERS_TOO_OLD_S:
        wrong.append(worded("its telephone numbers were read {n} hours ago", n=known.charts_read_s // 3600))
    if known.in_doubt:
        wrong.append(worded("of {n} visits nobody knows yet whether they stand there", n=known.in_doubt))
    return wrong


def _fit(openings: list[Opening], kinds: list[Kind], grid: tuple[int, int], zone: ZoneInfo) -> list[str]:
    """Kinds of visit for which there is no time, time for which there is no kind, and starts off the grid."""
    if not openings:
        return ["no time may be booked in the next 7 days, by the EMR's own templates"]
    warnings: list[str] = []
    codes = {one.code for one in openings}
    if all(kind.codes for kind in kinds):
        unused = codes - {code for kind in kinds for code in kind.codes}
        warnings += [f"no kind of visit may be in time of code {code!r}" for code in sorted(unused)]
    for kind in kinds:
        mine = [one for one in openings if not kind.codes or one.code in kind.codes]
        if not mine:
            warnings.append(f"{kind.name}: there is no time of code {', '.join(map(repr, kind.codes))}")
        elif _longest_min(mine) < kind.duration_min:
            warnings.append(
                f"{kind.name}: its {kind.duration_min} minutes fit into no time that may be booked"
            )
        elif left := {one.minutes for one in mine if one.minutes and kind.duration_min % one.minutes}:
            cut = ", ".join(map(str, sorted(left)))
            warnings.append(f"{kind.name}: {kind.duration_min} minutes, in time that is cut by {cut} minutes")
    interval, offset = grid
    off = {start for one in openings if (_minute(start := one.start.astimezone(zone)) - offset) % interval}
    if off:
        first = f"{min(off):%H:%M}"
        warnings.append(
            f"some time begins off the clinic's grid of {interval} minutes, such as at {first}:"
            " what is before the next full step of it isn't offered"
        )
    return warnings


def _longest_min(openings: list[Opening]) -> int:
    """Of time on end."""
    longest, start, end = timedelta(), None, None
    for one in sorted(openings):
        if start is None or end is None or one.start > end:
            start, end = one.start, one.end
        end = max(end, one.end)
        longest = max(longest, end - start)
    return longest // timedelta(minutes=1)


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def kinds(db: Transaction) -> list[Kind]:
    """What callers may book."""
    return db.all(Kind, SQL["emr_kinds"])


def links(db: Transaction) -> list[Link]:
    """Who is linked to whom."""
    return db.all(Link, SQL["emr_links"])
