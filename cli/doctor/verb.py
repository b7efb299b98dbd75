"""The verb `frontdesk doctor`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from cli.doctor.finding import Finding, State
from cli.emr_place import Stage
from cli.explained import Misnamed, explained

_COLOURS: Final = {State.OK: "green", State.WARN: "yellow", State.UNKNOWN: "magenta", State.FAIL: "red"}


def doctor(
    org: Annotated[
        str | None,
        typer.Option(
            metavar="CLINIC", help="Look into the rows of this one only, by its id; or its name, here."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the running stack keeps its data.")
    ] = None,
    stage: Annotated[
        Stage | None,
        typer.Option(
            "--stage",
            help="Of AWS, by the shell's credentials, with the database at FRONTDESK_DATABASE_URL;"
            " the stack that runs here if left out.",
        ),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Show each check that is well, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Look at everything and change nothing: settings, schema, walls between clinics, rows, queues, services.

    A line a check: ok, warn (somebody should see to it), fail, or unknown (it could not be looked at), and
    what to do about it. Exits 0 when nothing fails, 1 when something does, 2 when nothing that was seen does,
    and something could not be looked at. What each line means: docs/doctor.md.
    """
    with explained():
        found = list(_looked(org, data, stage))
    if as_json:
        typer.echo(
            json.dumps(
                {"state": _worst(found), "checks": [_document(one) for one in found]}, ensure_ascii=False
            )
        )
    else:
        _show(found, show_all=show_all)
    raise typer.Exit(exit_code(found))


def exit_code(found: list[Finding]) -> int:
    """0: nothing is wrong. 1: something is. 2: nothing seen is, and something could not be looked at."""
    states = {one.state for one in found}
    return 1 if State.FAIL in states else 2 if State.UNKNOWN in states else 0


def _looked(org: str | None, data: Path | None, stage: Stage | None) -> Iterator[Finding]:
    from cli.doctor import configuration, database, place, services

    at = place.found(stage, data)
    org_id = _id(org, {one["name"]: one["id"] for one in at.stack.organizations} if at.stack else {})
    yield from configuration.look(at)
    yield from database.look(at.database_url, org_id)
    yield from services.queues(at)
    yield from services.services(at)


def _id(org: str | None, known: dict[str, str]) -> UUID | None:
    if org is None:
        return None
    named = next((id_ for name, id_ in known.items() if name.casefold() == org.casefold()), org)
    try:
        return UUID(named)
    except ValueError:
        there = ", ".join(known)
        raise Misnamed(
            f"no clinic {org!r}" + (f"; there are: {there}" if there else "; name it by its id")
        ) from None


def _worst(found: list[Finding]) -> State:
    order = list(State)
    return max((one.state for one in found), key=order.index, default=State.OK)


def _document(one: Finding) -> dict[str, object]:
    return {**one._asdict(), "examples": list(one.examples)}


def _show(found: list[Finding], *, show_all: bool) -> None:
    """A line a check, and what to do; those that found nothing are only counted, unless all are wanted."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    for area in dict.fromkeys(one.area for one in found):
        checks = [one for one in found if one.area == area]
        is_well = all(one.state is State.OK for one in checks)
        console.print(f"[bold]{area}[/]  {len(checks)} checks" + ("[green], all ok[/]" if is_well else ""))
        for one in checks:
            # What says nothing but "none" is told by the count above.
            if one.state is State.OK and one.found == "none" and not show_all:
                continue
            console.print(f"  [{_COLOURS[one.state]}]{one.state:<7}[/] {one.name}  {escape(one.found)}")
            for each in one.examples:
                console.print(f"            {escape(each)}")
            if one.remedy:
                console.print(f"          [dim]→ {escape(one.remedy)}[/]")
    counts = [f"{sum(one.state is state for one in found)} {state}" for state in State]
    console.print(f"\n{len(found)} checks: {', '.join(counts)}")
