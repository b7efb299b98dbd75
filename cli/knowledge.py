"""The verbs `frontdesk knowledge`: a clinic's documents, by the member API, and their vectors made anew."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.explained import explained

if TYPE_CHECKING:
    from cli.member_documents import Library

app = typer.Typer(no_args_is_help=True, help="A clinic's documents, and what callers find in them.")

Org = Annotated[
    str | None,
    typer.Option(metavar="CLINIC", help="Its name or id in a stack; elsewhere the token says which."),
]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the running stack keeps its data.")]
ApiUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Of another member API; FRONTDESK_TOKEN is a member's token there."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@app.command()
def add(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, readable=True)
    ],
    org: Org = None,
    data: Data = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Upload documents and wait until callers can be answered from them; exits 1 when one can't be read.

    A file of a name that is there is a new version of it: callers hear the old one until it is ready.
    """
    from rich.progress import BarColumn, TextColumn

    from cli import knowledge_shown

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"))
    with (
        explained(),
        closing(_library(org, data, api_url)) as library,
        knowledge_shown.progress(*columns) as bars,
    ):
        done: list[dict[str, Any]] = []
        for file in files:
            shown: dict[str, Any] = {}
            bar = bars.add_task(file.name, state="uploading", total=None)
            for shown in library.added(file):
                told = shown["progress"]
                bars.update(bar, state=shown["status"], total=told["passages"] or None)
                bars.update(bar, completed=told["embedded"])
            done.append(shown)
    if as_json:
        typer.echo(json.dumps(done, ensure_ascii=False))
    else:
        knowledge_shown.documents(done)
    raise typer.Exit(1 if any(one["status"] == "failed" for one in done) else 0)


@app.command("list")
def list_(org: Org = None, data: Data = None, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the clinic's documents: how far each is, what of it can't be read, and what is odd in it."""
    from cli import knowledge_shown

    with explained(), closing(_library(org, data, api_url)) as library:
        there = library.documents()
    if as_json:
        typer.echo(json.dumps(there, ensure_ascii=False))
    else:
        knowledge_shown.documents(there)


@app.command()
def search(
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    org: Org = None,
    data: Data = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ask the documents as a caller would; exits 1 when they don't say."""
    from cli import knowledge_shown

    with explained(), closing(_library(org, data, api_url)) as library:
        answered = library.asked(question)
    if as_json:
        typer.echo(json.dumps(answered, ensure_ascii=False))
    else:
        knowledge_shown.answer(answered)
    raise typer.Exit(0 if answered["found"] else 1)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A document's, as `list` shows it.")],
    org: Org = None,
    data: Data = None,
    api_url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Delete a document: no caller is answered from it any more."""
    with explained(), closing(_library(org, data, api_url)) as library:
        gone = library.removed(name)
    typer.echo(json.dumps(gone) if as_json else f"{name} is deleted")


@app.command()
def reembed(
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="The stage's (FRONTDESK_EMBEDDING_MODEL) if left out.")
    ] = None,
    org: Annotated[
        str | None, typer.Option(metavar="CLINIC", help="Its name or id; all clinics if left out.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make the vectors of all passages anew by a model, then have questions compared with those.

    Until a clinic has all of them its questions are compared with the old ones. A run that was cut off is
    just run again. In the stack that runs on DIR; without DIR in the database that FRONTDESK_DATABASE_URL
    names, if it is set, by Bedrock or the function FRONTDESK_EMBED_FUNCTION, with AWS's own variables.
    """
    from rich.progress import MofNCompleteColumn, TextColumn

    from cli import clinics, knowledge_shown, member_documents, platform
    from frontdesk.knowledge.reembedding import reembed as reembedded

    done: list[dict[str, Any]] = []
    columns = (TextColumn("{task.description}"), MofNCompleteColumn())
    with explained():
        member_documents.embedder(data)
        clinics.connected(data)
        chosen = member_documents.model(model)
        with knowledge_shown.progress(*columns) as bars:
            for clinic in platform.chosen(org):
                bar = bars.add_task(clinic.name)
                passages = 0
                for told in reembedded(clinic.id, chosen):
                    passages = told.passages
                    bars.update(bar, completed=told.embedded, total=passages)
                done.append({"id": str(clinic.id), "name": clinic.name, "passages": passages})
    if as_json:
        typer.echo(json.dumps({"model": chosen, "organizations": done}, ensure_ascii=False))
        return
    for one in done:
        typer.echo(f"{one['passages']:>6}  {one['name']}")
    typer.echo(f"by {chosen}")


def _library(org: str | None, data: Path | None, api_url: str | None) -> "Library":
    from cli.member_documents import Library

    return Library.found(org, data, api_url)
