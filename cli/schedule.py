"""The verbs `frontdesk schedule`: a clinic's diary, looked into from the terminal."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from cli.explained import Misnamed, explained

if TYPE_CHECKING:
    from frontdesk.call import Call, Clinic
    from frontdesk.scheduling.desks import Desk
    from frontdesk.scheduling.providers import Provider
    from frontdesk.scheduling.week import Day

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """A clinic's diary."""  # keeps `show` a verb of its own while it is the only one


@app.command()
def show(
    org: Annotated[str, typer.Option(metavar="CLINIC", help="Its name, id or telephone number.")],
    provider: Annotated[str, typer.Option(metavar="PROVIDER", help="Their id or name.")],
    week: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Any day of it; this week's if left out."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the running stack keeps its data."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Show a provider's week: open, booked, pending, held, buffers, time off. No patient is named.

    Reads the stack that runs on DIR; without DIR the database that FRONTDESK_DATABASE_URL names, if it is
    set, and else the stack that `frontdesk dev` runs.
    """
    from cli import clinics
    from frontdesk.call import between_calls
    from frontdesk.scheduling import desks
    from frontdesk.scheduling import week as weeks

    with explained(), clinics.opened(org, data) as db:
        call = between_calls(db)
        desk = desks.of_clinic(call)
        chosen = _chosen(call, desk, provider)
        days = weeks.of_provider(call, desk, chosen.id, week.date() if week else call.today)
    if as_json:
        typer.echo(json.dumps(document(call.clinic, desk, chosen, days), ensure_ascii=False))
        return
    from rich.console import Console

    from cli import week_picture

    console = Console(highlight=False, soft_wrap=True)  # cut to a narrow window, columns would not line up
    console.print(week_picture.draw(call.clinic, desk, chosen, days), end="")


def document(clinic: "Clinic", desk: "Desk", provider: "Provider", days: "list[Day]") -> dict[str, Any]:
    """The week for programs: times with their offsets, ids, nobody's name but the provider's."""
    return {
        "organization": {"id": str(clinic.org_id), "name": clinic.name},
        "provider": {"id": str(provider.id), "name": provider.name},
        "timeZone": clinic.zone.key,
        "week": days[0].date.isoformat(),
        "days": [
            {
                "date": day.date.isoformat(),
                "hours": "date" if day.has_own_hours else "weekly",
                "blocks": [
                    {
                        "start": _iso(block.range.start, clinic.zone),
                        "end": _iso(block.range.end, clinic.zone),
                        "kind": block.kind.value,
                        **({"appointmentId": block.appointment_id} if block.appointment_id else {}),
                        **({"status": block.status} if block.status else {}),
                        **({"location": desk.locations[block.location_id].name} if block.location_id else {}),
                    }
                    for block in day.blocks
                ],
            }
            for day in days
        ],
    }


def _iso(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()


def _chosen(call: "Call[Any]", desk: "Desk", said: str) -> "Provider":
    from frontdesk.scheduling import providers

    by_id = int(said) if said.isdecimal() else None
    try:
        found = providers.chosen(call, desk.providers.values(), provider_id=by_id, heard=said)
    except providers.NoSuchProvider:
        found = []
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{one.id} {one.name}" for one in found or desk.providers.values())
    why = f"{said!r} could be more than one" if found else f"no provider {said!r}"
    raise Misnamed(f"{why}; there are: {listed or 'none'}")
