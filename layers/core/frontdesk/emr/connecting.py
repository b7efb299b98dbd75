"""A clinic's EMR connected, approved and disconnected, by an operator's word (`frontdesk emr …`).

All of it runs in a function of its own (`emr/connect`) that no other may call, beside the one that asks EMRs
for tools, whose address is on their lists of callers. What is
secret is written by the operator, into Secrets Manager, before; here it is only read.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final, Literal, NamedTuple, cast, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from frontdesk.db.claims import clinic_transaction
from frontdesk.db.transaction import Transaction
from frontdesk.emr import checking, connection
from frontdesk.emr.checking import SQL, NotConnected, asked_once
from frontdesk.emr.emr import Emr, EmrName
from frontdesk.emr.oscar_server import Server
from frontdesk.errors import Declined, FrontdeskError, Unknown

_SOURCE: Final = "cli"


class Type(BaseModel):
    """Where a kind of visit differs from `any time, by its own name`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    """Its name here."""
    codes: tuple[str, ...] = ()
    """Only in time of these; none: in any."""
    name: str = ""
    """Its name in the EMR; empty: ours."""


class _Before(NamedTuple):
    time_zone: str
    booking_mode: Literal["autonomous", "approval"]
    emr: EmrName | None
    server: dict[str, Any] | None
    visits_to_come: int


def connect(
    org_id: UUID, emr: EmrName, server: Mapping[str, Any], ends: float, *, types: list[Type] | None = None
) -> dict[str, Any]:
    """Asks the EMR once, by a description without secrets, and if it answers makes it the clinic's.

    What was found, as `check` tells it. A description of the same EMR takes the old one's place,
    and `types`, where given, all that was said of kinds of visit. Raises `Declined` for what can't be done.
    """
    if emr not in get_args(EmrName):
        raise Declined("`emr` is `oscar` or `fhir`.")
    with clinic_transaction(org_id, ends, source=_SOURCE) as db:
        before = db.one(_Before, SQL["emr_before"])
        links = checking.links(db)
    if before is None:
        raise Unknown(f"There is no clinic {org_id}.")
    if before.booking_mode == "approval":
        raise Declined(
            "This clinic approves each booking itself, and an EMR takes a visit or doesn't: set its"
            " `bookingMode` to `autonomous` first."
        )
    there = emr, connection.place(emr, server)
    if before.emr and before.server and (before.emr, connection.place(before.emr, before.server)) != there:
        raise Declined("This clinic is connected to another EMR; `frontdesk emr disconnect` it first.")
    with ExitStack() as opened:

        def open_it() -> Emr:
            made = connection.made(org_id, emr, server, before.time_zone, ends=ends)
            opened.callback(made.close)
            return made

        found = asked_once(emr, open_it, links, before.time_zone, ends)
    if not found.product:
        raise Declined(f"Nothing is connected. {' '.join(found.failures())}")
    with clinic_transaction(org_id, ends, source=_SOURCE) as db:
        version = db.value(SQL["emr_connect"], server=json.dumps(dict(server)))
        db.run(SQL["emr_chosen"], emr=emr)
        if types is not None:
            _write(db, types)
    warnings = list(found.warnings)
    if before.emr is None and before.visits_to_come:
        warnings.append(f"{before.visits_to_come} visits to come are here, and not there: type them in there")
    return {
        "organization": {"id": str(org_id)},
        "emr": emr,
        "version": version,
        "product": found.product,
        "readings": [reading._asdict() for reading in found.readings],
        "can": checking.told(found.can),
        "wrong": [*found.failures(), *found.wrong],
        "warnings": warnings,
    }


def check(org_id: UUID, ends: float) -> dict[str, Any]:
    """What a person reads, as JSON: each reading with its latency, what can be done, what is wrong.

    `wrong` is what needs somebody, `warnings` what somebody should know.
    Raises `NotConnected`, `DatabaseFailed`; what the EMR does wrong is told, not raised.
    """
    with clinic_transaction(org_id, ends, source=_SOURCE) as db:
        ours = checking.here(db)
    known = ours.known
    asked = checking.held_against(ours, lambda: connection.opened(org_id, ends=ends), ends)
    return {
        "organization": {"id": str(org_id), "name": known.clinic},
        "emr": ours.emr,
        "version": known.version,
        "product": asked.product,
        "readings": [reading._asdict() for reading in asked.readings],
        "can": checking.told(asked.can),
        "lastReadingS": known.synced_s,
        "numbers": known.numbers,
        "numbersReadS": known.charts_read_s,
        "wrong": [*asked.failures(), *asked.wrong, *checking.gone_wrong(known)],
        "warnings": asked.warnings,
    }


def disconnect(org_id: UUID, ends: float) -> dict[str, Any]:
    """The diary and the charts are here again, as far as they are known; what is there stays there.

    Raises `NotConnected`.
    """
    with clinic_transaction(org_id, ends, source=_SOURCE) as db:
        db.run(SQL["emr_chosen"], emr=None)
        if not db.run(SQL["emr_disconnect"]):
            raise NotConnected
    return {"organization": {"id": str(org_id)}}


def renew(org_id: UUID, ends: float) -> dict[str, Any]:
    """Its secret has changed: who keeps the old one asks for it anew. Raises `NotConnected`."""
    with clinic_transaction(org_id, ends, source=_SOURCE) as db:
        version = db.value(SQL["emr_renewed"])
    if version is None:
        raise NotConnected
    return {"organization": {"id": str(org_id)}, "version": version}


def ask_in(org_id: UUID, client: tuple[str, str], back: str, ends: float) -> dict[str, str]:
    """Begins OSCAR's one-time approval: where a person of the clinic approves, and what `let_in` needs."""
    from frontdesk.emr import oscar_rest

    return oscar_rest.ask_in(_oscar(org_id, ends), client, back, deadline=ends)._asdict()


def let_in(
    org_id: UUID, client: tuple[str, str], asked: Mapping[str, str], verifier: str, ends: float
) -> dict[str, str]:
    """What came of it, to be kept in the clinic's secret; raises as `oscar_rest.let_in` does."""
    from frontdesk.emr import oscar_rest

    begun = oscar_rest.Asked(**asked)
    return oscar_rest.let_in(_oscar(org_id, ends), client, begun, verifier, deadline=ends)._asdict()


def answered(event: Mapping[str, Any], ends: float) -> dict[str, Any]:
    """`{"done": …}`, or `{"refused": a sentence}`, of an operator's `{"verb", "org_id", …}`."""
    org_id = UUID(event["org_id"])
    verbs: Mapping[str, Callable[[], Any]] = {
        "check": lambda: check(org_id, ends),
        "connect": lambda: connect(
            org_id, event["emr"], event["server"], ends, types=_types(event.get("types"))
        ),
        "disconnect": lambda: disconnect(org_id, ends),
        "renew": lambda: renew(org_id, ends),
        "ask_in": lambda: ask_in(org_id, _client(event), event["back"], ends),
        "let_in": lambda: let_in(org_id, _client(event), event["asked"], event["verifier"], ends),
    }
    if event["verb"] not in verbs:
        return {"refused": f"There are the verbs {', '.join(verbs)}."}
    try:
        return {"done": verbs[event["verb"]]()}
    except FrontdeskError as error:
        return {"refused": str(error) or type(error).__name__}


def _client(event: Mapping[str, Any]) -> tuple[str, str]:
    key, secret = event["client"]
    return key, secret


def _types(given: Any) -> list[Type] | None:
    if given is None:
        return None
    try:
        return [Type.model_validate(one) for one in cast("list[Any]", given)]
    except (ValidationError, TypeError) as wrong:
        raise Declined("`types` lists kinds of visit: `type`, and `codes` or `name` there.") from wrong


def _write(db: Transaction, types: list[Type]) -> None:
    db.run(SQL["emr_no_types"])
    for one in types:
        if not db.run(SQL["emr_type_of"], name=one.type, codes=list(one.codes), there=one.name):
            known = ", ".join(kind.name for kind in checking.kinds(db))
            raise Declined(f"There is no kind of visit {one.type!r} here; there are: {known}.")


def _oscar(org_id: UUID, ends: float) -> Server:
    """Its description; raises `Declined` for what is no OSCAR."""
    with clinic_transaction(org_id, ends, source=_SOURCE) as db:
        before = db.one(_Before, SQL["emr_before"])
    if before is None or before.server is None:
        raise NotConnected
    if before.emr != "oscar":
        raise Declined("Only an OSCAR is approved so; a FHIR server is told our keys instead.")
    return connection.oscar(org_id, before.server, before.time_zone)
