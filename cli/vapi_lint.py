"""The verb `frontdesk vapi lint`: what can be known of a tree without the network."""

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.explained import explained
from cli.vapi_place import tree_root

if TYPE_CHECKING:
    from gitops.lint import Finding


def lint(
    tree: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The files; `resources` if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Look for what would go wrong in a call: docs/lint.md lists the rules.

    Exits 1 when there is an error; warnings don't fail.
    """
    from gitops import tree as trees
    from gitops.lint import Severity, check

    with explained():
        root = tree_root(tree)
    findings = check(trees.load(root))
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(each) for each in findings], ensure_ascii=False, indent=2))
    else:
        _print(findings, root)
    raise typer.Exit(any(each.severity is Severity.ERROR for each in findings))


def _print(findings: "list[Finding]", root: Path) -> None:
    from rich.console import Console
    from rich.markup import escape

    shown = root.relative_to(Path.cwd()) if root.is_relative_to(Path.cwd()) else root
    console = Console(highlight=False, soft_wrap=True)
    for each in findings:
        colour = {"error": "red", "warning": "yellow"}[each.severity]
        place = escape(f"{shown / each.file}:{each.line}")
        console.print(f"{place}: [{colour}]{each.severity}[/] [bold]{each.rule}[/]: {escape(each.what)}")
        console.print(f"  [dim]{escape(each.do)}[/]")
    counts = Counter(str(each.severity) for each in findings)
    said = [f"{n} {name}{'s' if n > 1 else ''}" for name in ("error", "warning") if (n := counts[name])]
    console.print(" and ".join(said) if said else "[green]nothing to find fault with[/]")
