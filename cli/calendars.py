"""The verbs `frontdesk calendars`: how those at Google and Microsoft stand, by the member API."""

import json
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.explained import explained

app = typer.Typer(no_args_is_help=True)


_UNITS: Final = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}


@app.callback()
def group() -> None:
    """Clinics' calendars at Google and Microsoft."""  # keeps `status` a verb while it is the only one


@app.command()
def status(
    org: Annotated[
        str | None,
        typer.Option(metavar="CLINIC", help="Its name or id; all clinics of the stack if left out."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the running stack keeps its data.")
    ] = None,
    api_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Of another member API; FRONTDESK_TOKEN is a member's token there."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Show each provider's calendar: how old what we know of it is, what waits to go there, what is wrong.

    Exits 1 when one needs somebody: to connect it again, to share it again, or to see why it fails.
    """
    from cli.member_api import MemberApi

    shown: list[dict[str, Any]] = []
    with explained():
        for api in MemberApi.every(org, data, api_url):
            with closing(api):
                connections = api.told("GET", "/calendars")["connections"]
                providers = api.told("GET", "/providers")["providers"]
            names = {one["id"]: one["name"] for one in providers}
            shown.append({"organization": api.clinic, "connections": connections, "names": names})
    if as_json:
        documents = [{name: one[name] for name in ("organization", "connections")} for one in shown]
        typer.echo(json.dumps(documents, ensure_ascii=False))
    else:
        _show(shown)
    troubles = (_trouble(one, each) for clinic in shown for one, each in _rows(clinic["connections"]))
    raise typer.Exit(1 if any(troubles) else 0)


def _show(shown: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    wide = None if sys.stdout.isatty() else 200  # for a file, each row is one line
    console = Console(highlight=False, width=wide)
    for clinic in shown:
        rows = _rows(clinic["connections"])
        if clinic["organization"]:
            console.print(f"[bold]{escape(clinic['organization'])}[/]{'' if rows else ' has no calendar'}")
        elif not rows:
            console.print("no calendars")
        if not rows:
            continue
        table = Table(box=None, pad_edge=False)
        for name in (
            "connection",
            "provider",
            "last pull",
            "age",
            "hints until",
            "busy",
            "backlog",
            "errors",
        ):
            justify = "right" if name in ("age", "busy", "backlog") else "left"
            table.add_column(name, no_wrap=name != "errors", justify=justify, header_style="dim")
        for one, each in rows:
            trouble = _trouble(one, each)
            table.add_row(
                escape(f"{one['vendor']} {one['account']}"),
                escape(clinic["names"].get(each["providerId"], "")) if each else "[dim]nobody's[/]",
                *(_of(each) if each else ("", "")),
                _moment(one["channelExpiresAt"]) or "[dim]none[/]",
                *((str(each["eventsKept"]), str(each["backlog"])) if each else ("", "")),
                f"[red]{escape(trouble)}[/]" if trouble else "",
            )
        console.print(table)


def _rows(connections: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Each connection with each of its calendars that is somebody's; with None where none is."""
    return [
        (one, each)
        for one in connections
        for each in [cal for cal in one["calendars"] if cal["providerId"] is not None] or [None]
    ]


def _trouble(connection: dict[str, Any], calendar: dict[str, Any] | None) -> str:
    """What somebody should look at; empty: nothing."""
    if connection["failure"]:
        return connection["failure"]
    if calendar and calendar["failure"]:
        return f"{calendar['failure']}: it, or the right to it, is gone at the vendor"
    if connection["lastFailure"]:
        times = f" {connection['failuresInARow']} times in a row"
        return f"{connection['lastFailure']}{times}; next try {_moment(connection['dueAt'])}"
    return ""


def _of(calendar: dict[str, Any]) -> tuple[str, str]:
    age_s = calendar["ageS"]
    if age_s is None:
        return "never", ""
    unit, unit_s = next(one for one in _UNITS.items() if age_s >= one[1] or one[0] == "s")
    return _moment(calendar["pulledAt"]), f"{age_s // unit_s} {unit}"


def _moment(text: str | None) -> str:
    """In UTC, as logs have it."""
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%MZ") if text else ""
