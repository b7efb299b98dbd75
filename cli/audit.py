"""The verbs `frontdesk audit`: whether the audit log is what was written, and its entries as a table."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.explained import Misnamed, explained

if TYPE_CHECKING:
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
    from frontdesk.privacy import audit
    from frontdesk.privacy.sealing import own_id

    found: list[tuple[str, audit.Verified]] = []
    with explained():
        for one in [org] if org else clinics.everyone(data):
            with clinics.opened(one, data, patience_s=_PATIENCE_S) as db:
                found.append((own_id(db), audit.verify(db)))
    if as_json:
        typer.echo(json.dumps({"organizations": [_document(id_, one) for id_, one in found]}))
    else:
        for id_, one in found:
            _show(id_, one)
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


def _document(id_: str, one: "Verified") -> dict[str, Any]:
    return {
        "id": id_,
        "isWhole": not one.faults,
        "batches": one.head.batch,
        "hash": one.head.hash.hex(),
        "sealed": one.sealed,
        "gone": one.gone,
        "unsealed": one.unsealed,
        "faults": [fault._asdict() for fault in one.faults],
    }


def _show(id_: str, one: "Verified") -> None:
    state = "whole" if not one.faults else f"{len(one.faults)} faults"
    typer.secho(f"{id_}  {state}", fg="green" if not one.faults else "red")
    typer.echo(f"  {one.head.batch} batches, {one.sealed} rows sealed, {one.unsealed} not yet", nl=False)
    typer.echo(f", {one.gone} gone by retention" if one.gone else "")
    if one.head.batch:
        typer.echo(f"  batch {one.head.batch} has the hash {one.head.hash.hex()}")
    for fault in one.faults:
        row = f"row {fault.row} " if fault.row is not None else ""
        typer.echo(f"  batch {fault.batch}: {row}{fault.kind.replace('_', ' ')}")
