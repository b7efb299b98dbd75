"""The verbs `frontdesk emr`: a clinic's own EMR connected, approved, checked, let go; our keys for FHIR."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

from cli.emr_place import Place, Stage
from cli.explained import Misnamed, explained

app = typer.Typer(no_args_is_help=True, help="Clinics' own EMRs: OSCAR, and what speaks FHIR R4.")

CALLBACK_PORT: Final = 8989
_APPROVAL_S: Final = 3000
"""OSCAR takes an answer for an hour."""

Org = Annotated[str, typer.Option(metavar="CLINIC", help="Its name or id; in AWS its id.")]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the running stack keeps its data.")]
InStage = Annotated[
    Stage | None,
    typer.Option("--stage", help="Of AWS, by the shell's credentials; the stack that runs here if left out."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@app.command()
def connect(
    org: Org,
    file: Annotated[
        Path,
        typer.Option(metavar="FILE", help="What describes the EMR, YAML or JSON (docs/emr.md); no secrets."),
    ],
    login: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="OSCAR's `user` and `password`, YAML or JSON; - asks for them, or reads them from a pipe."
            " The one that is kept, if left out.",
        ),
    ] = None,
    data: Data = None,
    stage: InStage = None,
    as_json: AsJson = False,
) -> None:
    """Make an EMR the clinic's own, or change how it is reached. It is asked first; nothing there changes.

    The login lies in Secrets Manager, and stands in no description and on no command line. Exits 1 when it
    is connected and something needs somebody, 2 when it isn't connected.
    """
    with explained():
        told = _document(_text(file), str(file))
        missing = {"emr", "server"} - set(told)
        if missing or set(told) - {"emr", "server", "types"}:
            raise Misnamed(f"{file} has `emr`, `server`, and perhaps `types`, and nothing else")
        with Place.found(stage, data) as place:
            org_id = place.clinic(org)
            before = place.login(org_id)
            given = _login(login, is_wanted=told["emr"] == "oscar" and before is None)
            if given:
                place.keep_login(org_id, {"access": (before or {}).get("access")} | given)
            try:
                report = place.ask("connect", org_id, **told)
            except BaseException:  # whoever loses patience, too
                if given:  # what is connected goes on with what it had
                    place.keep_login(org_id, before)
                raise
    _end(report, as_json, "connected")


@app.command()
def check(org: Org, data: Data = None, stage: InStage = None, as_json: AsJson = False) -> None:
    """Log in, read one of each, and show how long it took, what can be done, and what is wrong.

    Nothing is changed there, and no chart or visit is shown. Exits 1 when something needs somebody.
    """
    with explained(), Place.found(stage, data) as place:
        report = place.ask("check", place.clinic(org))
    _end(report, as_json, "")


@app.command()
def approve(
    org: Org,
    client: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="`key` and `secret` of OSCAR's REST client; - asks for them, or reads them from a pipe.",
        ),
    ] = "-",
    port: Annotated[
        int, typer.Option(help="Of this machine, as the REST client's URI in OSCAR has it.")
    ] = CALLBACK_PORT,
    data: Data = None,
    stage: InStage = None,
) -> None:
    """Have somebody of the clinic let us into OSCAR's REST services, once: patients can be registered then.

    Prints an address to be opened in a browser, where they log in and approve. The browser then comes back
    to this machine; where it runs on another, paste the address that it ends at.
    """
    from cli.emr_approval import Waiting

    with explained(), Place.found(stage, data) as place:
        org_id = place.clinic(org)
        kept = place.login(org_id)
        if kept is None:
            raise Misnamed("this clinic has no OSCAR; `frontdesk emr connect` gives it one")
        given = _asked(client, "key", "secret", "REST client's")
        pair, waiting = [given["key"], given["secret"]], Waiting(port)
        try:
            asked = place.ask("ask_in", org_id, client=pair, back=waiting.url)
            typer.echo(f"Open in a browser, log in as the clinic's, and approve:\n\n  {asked['url']}\n")
            typer.echo(
                f"It comes back to {waiting.url}; or paste here where it ends, or the verifier it shows."
            )
            verifier = waiting.verifier(asked["token"], _APPROVAL_S)
        finally:
            waiting.close()
        access = place.ask("let_in", org_id, client=pair, asked=asked, verifier=verifier)
        place.keep_login(org_id, kept | {"access": access})
        version = place.ask("renew", org_id)["version"]
    typer.echo(f"We are let in; version {version} of the connection uses it. `frontdesk emr check` shows it.")


@app.command()
def disconnect(org: Org, data: Data = None, stage: InStage = None) -> None:
    """Let an EMR go: the clinic's diary and charts are here again, as far as they are known. Asks first."""
    with explained(), Place.found(stage, data) as place:
        org_id = place.clinic(org)
        typer.confirm("Callers will be offered the hours that are set here. Disconnect?", abort=True)
        place.ask("disconnect", org_id)
        if place.login(org_id) is not None:
            place.keep_login(org_id, None)
    typer.echo("Disconnected, and its login forgotten. Take our account away there too.")


@app.command()
def keys(
    new: Annotated[
        bool, typer.Option("--new", help="Make another, of the curve P-384, beside those.")
    ] = False,
    take_away: Annotated[
        str | None, typer.Option(metavar="ID", help="One that signs at no clinic any more.")
    ] = None,
    data: Data = None,
    stage: InStage = None,
    as_json: AsJson = False,
) -> None:
    """List our keys at FHIR servers, and where their public halves are published.

    To change one: `--new`; a day later name it as `key_id` in the clinics' descriptions, and connect them
    again by those; another day later `--take-away` the old one. Servers keep what they read for hours.
    """
    with explained(), Place.found(stage, data) as place:
        held = place.keys()
        if take_away is not None:
            if take_away not in [one["id"] for one in held]:
                raise Misnamed(
                    f"no key {take_away!r}; there are: {', '.join(one['id'] for one in held) or 'none'}"
                )
            held = [one for one in held if one["id"] != take_away]
        if new:
            held = [*held, _new_key()]
        if new or take_away is not None:
            place.keep_keys(held)
    url = f"{place.api_url.rstrip('/')}/emr/jwks.json"
    if as_json:
        typer.echo(json.dumps({"jwks": url, "keys": [one["id"] for one in held]}))
        return
    for one in held or [{"id": "no keys; make one by --new"}]:
        typer.echo(one["id"])
    typer.echo(f"published at {url}")


def _new_key() -> dict[str, str]:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = ec.generate_private_key(ec.SECP384R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"id": f"frontdesk-{datetime.now(UTC):%Y%m%d%H%M%S%f}", "pem": pem}


def _login(source: str | None, *, is_wanted: bool) -> dict[str, str] | None:
    """What was given, or None: what is kept goes on. Who never gave one is asked."""
    if source is None and not is_wanted:
        return None
    return _asked(source or "-", "user", "password", "OSCAR's")


def _asked(source: str, name: str, secret: str, whose: str) -> dict[str, str]:
    """Two words, of a file, a pipe, or whoever sits at the terminal; the second isn't shown."""
    if source == "-" and sys.stdin.isatty():
        return {
            name: typer.prompt(f"{whose} {name}"),
            secret: typer.prompt(f"{whose} {secret}", hide_input=True),
        }
    text = sys.stdin.read() if source == "-" else _text(Path(source))
    told = _document(text, "the standard input" if source == "-" else source)
    if set(told) != {name, secret}:
        raise Misnamed(f"`{name}` and `{secret}` are wanted there, as YAML or JSON, and nothing else")
    return {key: str(value) for key, value in told.items()}


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeError) as wrong:
        raise Misnamed(f"{file} is no file that can be read as text") from wrong


def _document(text: str, where: str) -> dict[str, Any]:
    """YAML, of which JSON is a part. What it says isn't repeated: it may be secret."""
    from ruamel.yaml import YAML, YAMLError

    try:
        told: Any = YAML(typ="safe", pure=True).load(text)  # pyright: ignore[reportUnknownMemberType]
    except YAMLError:
        told = None
    if not isinstance(told, dict):
        raise Misnamed(f"{where} is neither YAML nor JSON with names and values")
    return cast("dict[str, Any]", told)


def _end(report: Mapping[str, Any], as_json: bool, done: str) -> None:
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
    else:
        _show(report, done)
    raise typer.Exit(1 if report["wrong"] else 0)


def _show(report: Mapping[str, Any], done: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    name = report["organization"].get("name", "")
    head = f"{name}: " if name else ""
    console.print(f"[bold]{escape(head + (report['product'] or report['emr']))}[/] {done}".rstrip())
    table = Table(box=None, pad_edge=False)
    for heading in ("reading", "ms", "found"):
        table.add_column(heading, justify="right" if heading == "ms" else "left", header_style="dim")
    for one in report["readings"]:
        found = f"[red]{escape(one['failed'])}[/]" if one["failed"] else escape(one["found"])
        table.add_row(escape(one["what"]), str(one["ms"]), found)
    console.print(table)
    if report["can"]:
        console.print(f"can: {', '.join(report['can'])}")
    if "numbers" in report:
        read = _age(report["numbersReadS"])
        console.print(
            f"diary read {_age(report['lastReadingS'])}; {report['numbers']} telephone numbers read {read}"
        )
    for one in report["wrong"]:
        console.print(f"[red]wrong:[/] {escape(one)}", soft_wrap=True)
    for one in report["warnings"]:
        console.print(f"[yellow]warning:[/] {escape(one)}", soft_wrap=True)


def _age(age_s: int | None) -> str:
    if age_s is None:
        return "never"
    unit, unit_s = next(one for one in _UNITS.items() if age_s >= one[1] or one[0] == "s")
    return f"{age_s // unit_s} {unit} ago"


_UNITS: Final = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
