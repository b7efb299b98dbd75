"""The verbs `frontdesk privacy`: everything about one patient, given out or forgotten."""

import json
import os
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from cli.explained import explained

if TYPE_CHECKING:
    from frontdesk.privacy.erasing import Elsewhere
    from frontdesk.vapi.api import Vapi

app = typer.Typer(no_args_is_help=True, help="What is held about one patient: given out, or forgotten.")

Org = Annotated[str, typer.Option(metavar="CLINIC", help="Its name, id or telephone number.")]
Patient = Annotated[int, typer.Option(metavar="ID", min=1, help="The patient's id at that clinic.")]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the running stack keeps its data.")]
_PATIENCE_S: Final = 60
_ELSEWHERE_S: Final = 60


@app.command()
def export(org: Org, patient: Patient, data: Data = None) -> None:
    """Print everything that is held about a patient as one JSON document, and what it holds beside it.

    The document goes to standard output, the summary to standard error. The request is an entry of the audit
    log. The database is found as by `frontdesk schedule show`.
    """
    from cli import clinics
    from frontdesk.privacy import exporting

    with explained(), clinics.opened(org, data, patience_s=_PATIENCE_S) as db:
        found = exporting.export(db, patient)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    typer.echo(f"patient {patient}", err=True)
    for name, rows in found.items():
        if name != "patient":
            typer.echo(f"  {len(rows):>5}  {name}", err=True)


@app.command()
def erase(
    org: Org,
    patient: Patient,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Forget a patient here and have Vapi delete its copy of their calls; say what went, what stays and why.

    It can't be undone, and may be repeated. What Vapi or S3 refuse, a schedule asks for again. Refused while
    a legal hold stands. VAPI_PRIVATE_KEY names Vapi's account, where no stack of `frontdesk dev` does.
    """
    from cli import clinics
    from frontdesk.privacy import deletions, erasing
    from frontdesk.privacy.sealing import own_id

    with explained():
        vapi = _vapi(data)
        with clinics.opened(org, data, patience_s=_PATIENCE_S) as db:
            report, org_id = erasing.erase(db, patient), UUID(own_id(db))
        if vapi is not None:
            with closing(vapi):
                deletions.perform(org_id, vapi, ends=time.monotonic() + _ELSEWHERE_S)
        with clinics.opened(str(org_id), data, patience_s=_PATIENCE_S) as db:
            asked = erasing.elsewhere(db, patient)
    if as_json:
        typer.echo(json.dumps(report | {"elsewhere": [_document(one) for one in asked]}, ensure_ascii=False))
    else:
        _show(report, asked)


def _vapi(data: Path | None) -> "Vapi | None":
    """The account beside the database; None when nobody said which: then the schedule asks."""
    from frontdesk.vapi.api import Vapi
    from local import addresses

    if data is None and os.environ.get("FRONTDESK_DATABASE_URL"):
        key = os.environ.get("VAPI_PRIVATE_KEY")
        url = os.environ.get("VAPI_BASE_URL") or "https://api.vapi.ai"
    else:
        stack = addresses.read(data or addresses.DEFAULT_DIRECTORY)
        key, url = stack.vapi_private_key, stack.vapi_url
    return Vapi(url, key, attempts=2, longest_s=10.0) if key else None


def _document(one: "Elsewhere") -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": one.name,
        "doneAt": one.done_at and one.done_at.isoformat(),
        "failure": one.failure,
    }


def _show(report: dict[str, Any], asked: "list[Elsewhere]") -> None:
    typer.echo(f"patient {report['patientId']} is forgotten")
    for what, count in report["deleted"].items():
        if count:
            typer.echo(f"  deleted  {count:>4}  {what}")
    for one in asked:
        state = (
            "deleted" if one.done_at else "to do, by a schedule" + (f": {one.failure}" if one.failure else "")
        )
        typer.echo(f"  elsewhere      {one.kind} {one.name}  {state}")
    for what, why in report["kept"].items():
        typer.echo(f"  stays          {what}: {why}")
