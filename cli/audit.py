"""The verbs `frontdesk audit`: whether the audit log is what was written, and its entries as a table."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.explained import Misnamed, explained

if TYPE_CHECKING:
    from frontdesk.call import Clinic
    from frontdesk.privacy.audit import Verified

app = typer.Typer(no_args_is_help=True, help="Who did what, and whether the record of it is whole.")

Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the running stack keeps its data.")]
_PATIENCE_S: Final = 1800
"""Every row is read; a clinic has millions in ten years."""
_MOST: Final = 1_000_000


@app.command()
def verify(
    org: Annotated[
        str | None, typer.Option(metavar="CLINIC", help="Its name, id or telephone number; all if left out.")
    ] = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Compare every entry with its seal, and each seal with the one before; exits 1 when something is wrong.

    Whoever could rewrite the log and all its seals is found out by comparing the last hash with those that
    the sealer wrote to its own log. The database is found as by `frontdesk schedule show`.
    """
    from cli import clinics
    from frontdesk.call import between_calls
    from frontdesk.privacy import audit

    found: list[tuple[Clinic, audit.Verified]] = []
    with explained():
        for one in [org] if org else clinics.everyone(data):
            with clinics.opened(one, data, patience_s=_PATIENCE_S) as db:
                found.append((between_calls(db).clinic, audit.verify(db)))
    if as_json:
        typer.echo(json.dumps({"organizations": [_document(clinic, one) for clinic, one in found]}))
    else:
        for clinic, one in found:
            _show(clinic.name, one)
    raise typer.Exit(1 if any(one.faults for _, one in found) else 0)


@app.command()
def export(
    org: Annotated[str, typer.Option(metavar="CLINIC", help="Its name, id or telephone number.")],
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="The clinic's.")
    ],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="Included.")],
    data: Data = None,
) -> None:
    """Print the entries of a period as CSV: who, what, which patients, when, from where; by ids."""
    from cli import clinics
    from frontdesk.privacy import audit

    with explained():
        if last < first:
            raise Misnamed("--to is a day before --from")
        with clinics.opened(org, data, patience_s=_PATIENCE_S) as db:
            text, count = audit.table(db, first.date(), last.date(), most=_MOST)
            if count > _MOST:
                raise Misnamed(f"there are more than {_MOST:,} entries; take a shorter period")
    typer.echo(text, nl=False)


def _document(clinic: "Clinic", one: "Verified") -> dict[str, Any]:
    return {
        "id": str(clinic.org_id),
        "name": clinic.name,
        "isWhole": not one.faults,
        "batches": one.head.batch,
        "hash": one.head.hash.hex(),
        "sealed": one.sealed,
        "gone": one.gone,
        "unsealed": one.unsealed,
        "faults": [fault._asdict() for fault in one.faults],
    }


def _show(name: str, one: "Verified") -> None:
    state = "whole" if not one.faults else _counted(len(one.faults), "fault")
    typer.secho(f"{name}  {state}", fg="green" if not one.faults else "red")
    sealed = f"{_counted(one.sealed, 'entry')} sealed in {_counted(one.head.batch, 'batch')}"
    gone = f", {one.gone} gone by retention" if one.gone else ""
    typer.echo(f"  {sealed}, {one.unsealed} not yet sealed{gone}")
    if one.head.batch:
        typer.echo(f"  batch {one.head.batch} has the hash {one.head.hash.hex()}")
    for fault in one.faults:
        row = f"row {fault.row} " if fault.row is not None else ""
        typer.echo(f"  batch {fault.batch}: {row}{fault.kind.replace('_', ' ')}")


def _counted(count: int, what: str) -> str:
    """`1 batch`, `2 batches`, `2 entries`."""
    several = {"entry": "entries", "batch": "batches", "fault": "faults"}[what]
    return f"{count} {what if count == 1 else several}"
