"""The verbs `frontdesk tools`: what voice agents can call, and the files made from it."""

import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The tools that voice agents call.")


@app.command("list")
def list_tools(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
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
