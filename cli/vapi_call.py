"""The verb `frontdesk vapi call`: a call with what the tree holds, read along at the terminal."""

import json
import signal
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast
from uuid import UUID

import typer

from cli.explained import Misnamed, explained
from cli.vapi_place import place

if TYPE_CHECKING:
    from gitops.call_events import Event
    from gitops.calling import Account, Call, Target, Turn

_WIDTH = 12
"""Columns for who speaks."""
_KINDS: dict[str, Literal["assistant", "squad"]] = {"assistants": "assistant", "squads": "squad"}


def call(
    target: Annotated[
        str, typer.Argument(help="`squads/frontdesk`, `assistants/router`, or an id of Vapi's own.")
    ],
    say: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="What the caller says; again for each turn.")
    ] = None,
    wav: Annotated[
        Path | None, typer.Option(metavar="IN", help="A WAV file the caller plays, first.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Keep both sides as a stereo WAV file.")
    ] = None,
    env: Annotated[str, typer.Option(help="Which of the tree's environments.")] = "local",
    tree: Annotated[Path, typer.Option(metavar="DIR", help="The tree of resources.")] = Path("resources"),
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")] = False,
) -> None:
    """Call an assistant or a squad over a web-socket, and read along.

    By microphone; or by --wav and --say, each turn said once the assistant has finished, then we hang up.
    Ctrl-C hangs up.
    """
    from gitops import calling, sound

    try:
        with explained(), ExitStack() as ends:
            account = calling.Account(*place(env, None)[0])
            whom = _target(target, tree, env, account)
            turns: list[Turn] = [*([sound.read_wav(wav)] if wav else []), *(say or [])]
            microphone = None if turns else ends.enter_context(sound.Microphone())
            recording = sound.Recording() if record else None
            running = calling.Call(
                account,
                calling.create(account, whom),
                turns=turns,
                microphone=microphone,
                recording=recording,
            )
            if recording and record:
                recording.write(record)  # so that a place where nothing can be written is told at once
                ends.callback(recording.write, record)
            with _hanging_up(running):
                (_print_json if as_json else _print)(running.events())
    except (calling.CallFailed, sound.SoundUnusable) as error:
        typer.secho(f"frontdesk: {error}", err=True, fg="red")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:  # before the call was connected: there is nobody to say goodbye to
        raise typer.Exit(0) from None


@contextmanager
def _hanging_up(running: "Call") -> Generator[None]:
    """Within the block Ctrl-C and a `kill` hang up politely; a second one is as abrupt as ever."""
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for name, handler in before.items():
            signal.signal(name, handler)

    def hang_up(*_: object) -> None:
        restore()
        running.hang_up()

    for name in before:
        signal.signal(name, hang_up)
    try:
        yield
    finally:
        restore()


def _target(named: str, tree: Path, env: str, account: "Account") -> "Target":
    """Whom this name means, by the state file that a push left in the tree; raises `Misnamed`."""
    from gitops.calling import Target, kind_of

    try:
        uuid = str(UUID(named))
    except ValueError:
        pass
    else:
        return Target(kind_of(account, uuid), uuid)
    folder, _, key = named.removeprefix(f"{tree.name}/").partition("/")
    if folder not in _KINDS or not key:
        raise Misnamed(f"{named!r} is nobody to call; say squads/NAME, assistants/NAME or an id of Vapi's")
    state = tree / f".vapi-state.{env}.json"
    try:
        held: dict[str, Any] = json.loads(state.read_text(encoding="utf-8"))[folder]
    except (OSError, ValueError, KeyError):
        held = {}
    entry = held.get(key.removesuffix(".md").removesuffix(".yml"))
    uuid = cast("dict[str, Any]", entry).get("uuid") if isinstance(entry, dict) else entry
    if not isinstance(uuid, str):
        known = ", ".join(f"{folder}/{one}" for one in held)
        raise Misnamed(
            f"{named} has not been pushed: {state} does not name it"
            + (f"; it names {known}" if known else "; run `frontdesk vapi push` first")
        )
    return Target(_KINDS[folder], uuid)


def _print_json(events: "Iterable[Event]") -> None:
    for event in events:
        told = {"kind": type(event).__name__.lower(), **asdict(event)}
        typer.echo(json.dumps(told, ensure_ascii=False))


def _print(events: "Iterable[Event]") -> None:
    """A line for each thing a person wants to know, with the time in front."""
    from rich.console import Console
    from rich.text import Text

    from gitops import call_events as happened

    console = Console(highlight=False, soft_wrap=True)

    def line(at_s: float, who: str, text: str, style: str = "", after: str = "") -> None:
        clock = f"{int(at_s) // 60}:{at_s % 60:04.1f}"
        parts = ((f"{clock:>7}", "dim"), (f"{who:>{_WIDTH}}  ", style), (text, style), (after, "magenta"))
        console.print(Text.assemble(*parts))

    for event in events:
        at_s = event.at_s
        match event:
            case happened.Connected(call_id=call_id):
                line(at_s, "", f"connected; call {call_id}; Ctrl-C hangs up", "dim")
            case happened.Said(role="user", text=text):
                line(at_s, "caller", text, "cyan")
            case happened.Said(text=text, assistant=name, waited_s=waited_s):
                line(at_s, name or "assistant", text, "green", _took(waited_s))
            case happened.ToolCalled(name=name, arguments=arguments):
                shown = "not an object" if arguments is None else _arguments(arguments)
                line(at_s, "", f"{name}({shown})", "yellow")
            case happened.ToolAnswered(name=name, answer=answer, has_failed=failed, took_s=took_s):
                style = "bold red" if failed else "dim"
                line(at_s, "", f"{'✗' if failed else '→'} {name}: {_short(answer)}", style, _took(took_s))
            case happened.HandedOff(after=after, before=before):
                line(at_s, "", f"{before} → {after}".lstrip(), "italic")
            case happened.Interrupted():
                line(at_s, "", "the caller interrupts", "dim")
            case happened.Slow():
                line(at_s, "", "Vapi waits for the model, the voice or a tool", "red")
            case happened.Ended(reason=reason):
                line(at_s, "", f"ended: {reason}", "dim")
            case _:
                pass


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f"  {seconds:.1f} s"


def _arguments(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_short(value, 80)}" for name, value in arguments.items())


def _short(value: Any, longest: int = 300) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[:longest]}…"
