"""The verbs `frontdesk outbound`: whom a clinic is about to call, looked into from the terminal."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.explained import explained

if TYPE_CHECKING:
    from frontdesk.agents.status import Organization
    from frontdesk.outbound.items import Board
    from frontdesk.outbound.plan import Verdict

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """The calls that clinics make."""  # keeps `plan` a verb of its own while it is the only one


@app.command()
def plan(
    org: Annotated[
        str | None, typer.Option(metavar="CLINIC", help="Its name or id; all clinics if left out.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the running stack keeps its data.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Show who would be called when, and why not. Nobody is called, and nobody named.

    Reads the stack that runs on DIR; without DIR the database that FRONTDESK_DATABASE_URL names, if it is
    set, and else the stack that `frontdesk dev` runs.
    """
    from cli import clinics, platform
    from frontdesk.agents.registry import soon
    from frontdesk.db.claims import clinic_transaction
    from frontdesk.outbound import items
    from frontdesk.outbound.plan import plan as planned

    shown: list[tuple[Organization, Board, list[Verdict]]] = []
    with explained():
        clinics.connected(data)
        for clinic in platform.chosen(org):
            with clinic_transaction(clinic.id, soon()) as db:
                board = items.board(db, only_due=False)
            shown.append((clinic, board, planned(board.items, board.rules, now=board.now)))
    if as_json:
        typer.echo(json.dumps([_document(*one) for one in shown], ensure_ascii=False))
        return
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for clinic, board, verdicts in shown:
        console.print(_table(clinic, board, verdicts) if verdicts else _nothing(clinic, board))
        if board.is_cut:
            console.print(
                f"There are more than these {len(verdicts)}; the schedule sees all whose time has come."
            )


def _document(clinic: "Organization", board: "Board", verdicts: "list[Verdict]") -> dict[str, Any]:
    """For programs: ids, masked numbers, times with their offsets."""
    from frontdesk.outbound.records import masked

    zone = board.rules.zone
    return {
        "organization": {"id": str(clinic.id), "name": clinic.name},
        "timeZone": zone.key,
        "purposes": sorted(board.rules.purposes),
        "isCut": board.is_cut,
        "calls": [
            {
                "id": one.item.id,
                "purpose": one.item.purpose,
                "number": masked(one.item.number),
                "patientId": one.item.patient_id,
                "attempts": one.item.attempts,
                "what": one.what,
                "at": one.at and one.at.astimezone(zone).isoformat(timespec="seconds"),
                "why": one.why,
            }
            for one in verdicts
        ],
    }


def _table(clinic: "Organization", board: "Board", verdicts: "list[Verdict]") -> Any:
    from rich.table import Table

    from frontdesk.outbound.records import masked

    table = Table(title=f"{clinic.name}, {board.rules.zone.key}", title_justify="left")
    for column in ("call", "purpose", "patient", "number", "tried", "when", "why"):
        table.add_column(column, no_wrap=column != "why")
    for one in verdicts:
        table.add_row(
            *(str(one.item.id), one.item.purpose, str(one.item.patient_id or ""), masked(one.item.number)),
            *(str(one.item.attempts), _when(one.what, one.at, board), one.why),
        )
    return table


def _when(what: str, at: datetime | None, board: "Board") -> str:
    if what != "later" or at is None:
        return what
    return at.astimezone(board.rules.zone).strftime("%a %Y-%m-%d %H:%M")


def _nothing(clinic: "Organization", board: "Board") -> str:
    if not board.rules.purposes:
        return f"{clinic.name} calls nobody: it has switched nothing on (`outboundPurposes`)."
    return f"{clinic.name} has nobody to call."
