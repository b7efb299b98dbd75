"""The command `frontdesk`: thin verbs over the stack on one machine, the database and Vapi.

Each verb imports what it needs itself, so that `--help` answers at once.
"""

import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from cli import audit, calendars, emr, knowledge, outbound, privacy, schedule, tools, vapi
from cli.doctor.verb import doctor
from cli.explained import explained
from cli.origin import HMAC_SECRET, hmac_secret

if TYPE_CHECKING:
    from local.addresses import Addresses

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Everything behind a clinic's telephone: run it here, call it, look into it.",
)
app.command()(doctor)
db = typer.Typer(no_args_is_help=True, help="The database's schema.")
app.add_typer(audit.app, name="audit")
app.add_typer(calendars.app, name="calendars")
app.add_typer(emr.app, name="emr")
app.add_typer(privacy.app, name="privacy")
app.add_typer(schedule.app, name="schedule")
app.add_typer(db, name="db")
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(outbound.app, name="outbound")
app.add_typer(tools.app, name="tools")
app.add_typer(vapi.app, name="vapi")


PORT: Final = 8787
"""Of the HTTP API, and so of the clinics' pages."""


class Seed(StrEnum):
    """What an empty database begins with."""

    DEMO = "demo"
    NONE = "none"


class Runtime(StrEnum):
    """What runs the functions."""

    INPROCESS = "inprocess"
    RIE = "rie"


Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the stack keeps its data.")]
Workers = Annotated[int, typer.Option(min=1, help="Calls answered at the same time.")]
Url = Annotated[str | None, typer.Option(metavar="URL", help="The owner's; the running stack's if left out.")]


@app.command()
def dev(
    port: Annotated[int, typer.Option(help="Of the HTTP API; 0 picks a free one.")] = PORT,
    data: Data = None,
    seed: Annotated[Seed, typer.Option(help="The demo clinics, or none.")] = Seed.DEMO,
    runtime: Annotated[
        Runtime, typer.Option(help="Functions in our own workers, or each in AWS's emulator.")
    ] = Runtime.INPROCESS,
    workers: Workers = 2,
) -> None:
    """Run the whole stack on this machine until Ctrl-C.

    Edits of functions, layers and infrastructure are put in place as they are saved. Data and
    secrets stay for the next start; DIR is `.frontdesk` in the repository if left out.
    """
    from rich.console import Console

    from local import stack
    from local.addresses import DEFAULT_DIRECTORY

    directory = data or DEFAULT_DIRECTORY
    console = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(line: str) -> None:
        console.print(f"  [green]✓[/] {line}")

    with (
        _until_interrupted(),
        stack.running(
            directory, port=port, seed=seed.value, runtime=runtime.value, workers=workers, say=say
        ) as running,
    ):
        console.print(f"\n  HTTP API       [bold]{running.addresses.api_url}[/]")
        console.print(f"  clinics' pages [bold]{running.addresses.api_url}/console[/]")
        console.print(f"  Vapi stand-in  {running.addresses.vapi_url}")
        console.print(f"  secrets        {directory / 'stack.json'}")
        console.print("\n  Call it from another terminal: [bold]frontdesk call --script booking[/]")
        console.print("  Ctrl-C stops everything.\n")
        if seed is Seed.DEMO:
            # Nobody waits for it; without it a clinic that signs up has an agent that nobody can reach.
            Thread(target=_push_squad_once, args=[running.addresses, say], daemon=True).start()
        for line in running.replace_edited():
            say(line)


def _push_squad_once(addresses: "Addresses", say: "Callable[[str], None]") -> None:
    """The squad, where Vapi's stand-in has none: what somebody pushed stays theirs."""
    import httpx

    from frontdesk.vapi.api import VapiFailed

    try:
        headers = {"authorization": f"Bearer {addresses.vapi_private_key}"}
        there = httpx.get(f"{addresses.vapi_url}/squad", headers=headers, timeout=10, trust_env=False)
        if there.json() == []:
            vapi.push_squad(addresses, say)
    except (httpx.HTTPError, VapiFailed, ValueError) as failed:
        say(f"the squad was not pushed to Vapi's stand-in: {type(failed).__name__}")


@app.command()
def call(
    script: Annotated[
        str, typer.Option(metavar="FILE", help="A YAML file, or the name of a script that comes with us.")
    ],
    at: Annotated[
        str | None, typer.Option("--at", metavar="CLINIC", help="Of a script for several, at which.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A desk that runs elsewhere; what is booked there is cancelled."),
    ] = None,
    secret_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", help=f"Vapi's secret there, in AWS; else the variable {HMAC_SECRET}."),
    ] = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Play a scripted call against the running stack; exits 1 when something is not as expected."""
    from local import addresses, scripts
    from local.guest import Guest
    from local.player import Player
    from local.transcript import Transcript

    with explained():
        play = scripts.load(script)
        play = play.at(at) if at else play
        if against:
            player = Guest(play, against, hmac_secret(secret_arn))
        else:
            player = Player(play, addresses.read(data or addresses.DEFAULT_DIRECTORY))
        is_as_expected = Transcript(play.title, as_json=as_json).follow(player.play())
    raise typer.Exit(0 if is_as_expected else 1)


@app.command(hidden=True)
def demo() -> None:
    """Start a stack that leaves nothing behind, sign a clinic up, save its agent, and play five calls."""
    import tempfile

    from rich.console import Console

    from local import first_day, library, scripts, stack
    from local.player import Player
    from local.transcript import Transcript

    console = Console(highlight=False, soft_wrap=True)

    def say(line: str) -> None:
        console.print(f"  [green]✓[/] {line}")

    plays = [scripts.load(name) for name in (str(first_day.CALL), "booking", "knowledge", "calendars")]
    plays.append(scripts.load("visit").at("willow"))
    with _until_interrupted(), tempfile.TemporaryFile() as log, stack.running(say=say, log=log) as running:
        vapi.push_squad(running.addresses, say)
        addresses = first_day.begin(running.addresses, say)
        library.wait(running.addresses, say)
        played = [Transcript(one.title).follow(Player(one, addresses).play()) for one in plays]
        is_as_expected = all(played)
        if not is_as_expected:
            log.seek(0)
            sys.stderr.write(log.read().decode())
    if is_as_expected:
        say(f"what a clinic sees of it: frontdesk dev, then http://127.0.0.1:{PORT}/console")
    raise typer.Exit(0 if is_as_expected else 1)


@db.command("migrate")
def db_migrate(url: Url = None, data: Data = None) -> None:
    """Bring the schema up to date."""
    from frontdesk.db import migrate

    with explained():
        ran = migrate.migrate(_owner_url(url, data))
    for name in ran or ["nothing to do"]:
        typer.echo(name)


@db.command("status")
def db_status(url: Url = None, data: Data = None) -> None:
    """List the migrations and which have run; exits 1 unless all have, unchanged."""
    from frontdesk.db import migrate

    with explained():
        found = migrate.status(_owner_url(url, data))
    for one in found:
        state = "changed since it ran" if one.is_changed else "applied" if one.is_applied else "to run"
        typer.echo(f"{one.version:04}_{one.name}  {state}")
    raise typer.Exit(0 if all(one.is_applied and not one.is_changed for one in found) else 1)


def _owner_url(url: str | None, data: Path | None) -> str:
    from local import addresses

    return url or addresses.read(data or addresses.DEFAULT_DIRECTORY).database_url


@contextmanager
def _until_interrupted() -> Generator[None]:
    """Ctrl-C, a `kill` and a closed terminal are the way to stop: all is ended, and that is no failure."""

    def stop(*_: object) -> NoReturn:
        for name in stops:  # once is enough; the end is not to be interrupted
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for name in stops:
        signal.signal(name, stop)
    try:
        with explained():
            yield
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
