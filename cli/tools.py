"""The verbs `frontdesk tools`: what voice agents can call, what is made from it, and who is linked to it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.explained import explained

Org = Annotated[str | None, typer.Option(metavar="CLINIC", help="Its id or name; all if left out.")]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the running stack keeps its data.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]

app = typer.Typer(no_args_is_help=True, help="The tools that voice agents call.")


@app.command("list")
def list_tools(
    as_json: AsJson = False,
) -> None:
    """List every tool with its arguments; an argument with a question mark may be left out."""
    from gitops import tools

    if as_json:
        typer.echo(json.dumps([tools.definition(tool) for tool in tools.catalogue()], ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("tool", "arguments", "writes", box=None, pad_edge=False)
    for tool in tools.catalogue():
        shown = tools.parameters(tool)
        required = shown["required"]
        arguments = ", ".join(name if name in required else f"{name}?" for name in shown["properties"])
        table.add_row(f"[bold]{tool.name}[/]", arguments or "[dim]none[/]", "yes" if tool.writes else "no")
    Console().print(table)


@app.command()
def render(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a file is stale.")
    ] = False,
) -> None:
    """Make Vapi's definitions, sample calls, docs/tools.md and docs/openapi.json from functions/."""
    from gitops import tools

    changed = list(tools.stale()) if check else tools.write()
    for path in changed:
        typer.echo(f"{path}  {'stale' if check else 'written'}")
    if check and changed:
        typer.secho("run `frontdesk tools render` and commit what it writes", err=True, fg="red")
        raise typer.Exit(1)
    if not changed:
        typer.echo("everything is fresh")


@app.command()
def status(org: Org = None, data: Data = None, as_json: AsJson = False) -> None:
    """Show which tools each clinic is linked to, by which definition, and how far its agents have come.

    Of the stack that runs on DIR; without DIR of the platform that FRONTDESK_DATABASE_URL (as frontdesk_app)
    and BACKEND_URL name, if they are set, and else of the stack that `frontdesk dev` runs.
    """
    from cli import platform
    from frontdesk.agents import registry
    from frontdesk.agents import status as statuses
    from frontdesk.agents.registry import soon
    from frontdesk.db.claims import clinic_transaction

    with explained():
        platform.connected(data)
        shared = statuses.of_platform()
        wanted = registry.read().wanted
        clinics: list[statuses.ToolsStatus] = []
        for one in platform.chosen(org):
            with clinic_transaction(one.id, soon()) as db:
                clinics.append(statuses.of_clinic(db, wanted))
    if as_json:
        document = {
            "platform": shared.model_dump(by_alias=True),
            "organizations": [each.model_dump(by_alias=True) for each in clinics],
        }
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    from cli import tools_shown

    tools_shown.show_platform(shared)
    for each in clinics:
        tools_shown.show_clinic(each)


@app.command()
def migrate(
    org: Org = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write; without it, only say what would be.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="Requests a second to Vapi, at most.")] = 5.0,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Bring clinics whose assistants are of old to the platform's tools: register, link, take old ones out.

    A run that was cut off is just run again; one that finds all right writes nothing. Exits 1 when a clinic
    failed. The platform is found as by `status`; VAPI_PRIVATE_KEY (and VAPI_BASE_URL) name Vapi's account.
    """
    from contextlib import closing

    from rich.console import Console
    from rich.progress import track

    from cli import platform, tools_shown
    from frontdesk.agents import migrating
    from frontdesk.vapi.api import Vapi
    from frontdesk.vapi.pace import Paced

    with explained():
        where = platform.connected(data)
        clinics = platform.chosen(org)
        with closing(Vapi(where.vapi_url, where.key(), transport=Paced(rate))) as vapi:
            account = migrating.begin(vapi, apply=apply)
            if not as_json:
                tools_shown.show_begin(account, apply=apply)
            done = list(
                track(
                    migrating.migrate(vapi, account, clinics, apply=apply),
                    description="clinics",
                    total=len(clinics),
                    console=Console(stderr=True),
                    transient=True,
                )
            )
            counts = vapi.counts
    report = tools_shown.report(account, done, requests=counts.requests, writes=counts.writes, apply=apply)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        tools_shown.show_migrated(done, apply=apply)
        tools_shown.show_report(report, apply=apply)
    raise typer.Exit(1 if report["failed"] else 0)
