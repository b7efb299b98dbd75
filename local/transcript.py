"""A played call, for the eye and for programs."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from local.player import (
    Answered,
    Decided,
    Event,
    Glanced,
    HandedOff,
    Judged,
    Noted,
    Passed,
    Ran,
    Spoke,
    Stopped,
    Told,
)

_NAMED = 12
"""Columns for who speaks."""


class Transcript:
    """Prints events as they come and counts them."""

    def __init__(self, title: str, *, as_json: bool = False) -> None:
        self._title = title
        self._as_json = as_json
        self._events: list[Event] = []
        self._shown = "a"
        """The call that the last lines were of."""
        self._console = Console(highlight=False, soft_wrap=True)

    def follow(self, events: Iterable[Event]) -> bool:
        """Shows all of it; True when every expectation was met."""
        if not self._as_json:
            self._console.print(f"\n[bold]{self._title}[/]\n")
        for event in events:
            self._events.append(event)
            if not self._as_json:
                self._show(event)
        self._totals()
        return not self._missed

    @property
    def _answered(self) -> list[Answered]:
        return [event for event in self._events if isinstance(event, Answered)]

    @property
    def _judged(self) -> list[Judged]:
        return [event for event in self._events if isinstance(event, Judged)]

    @property
    def _missed(self) -> int:
        stopped = sum(isinstance(event, Stopped) for event in self._events)
        objecting = [event for event in self._events if isinstance(event, Judged | HandedOff)]
        return stopped + sum(len(one.objections) for one in objecting)

    def _show(self, event: Event) -> None:
        if isinstance(event, Spoke | HandedOff | Answered | Told) and event.call != self._shown:
            self._shown = event.call
            gap = "\n" if len(self._events) > 1 else ""
            self._console.print(f"{gap}[dim]{'─' * _NAMED}  call {event.call}[/]")
        if isinstance(event, Spoke):
            style = "cyan" if event.who == "caller" else "green"
            self._line(event.who, Text(event.text), style)
        elif isinstance(event, HandedOff):
            self._line("", Text(f"{event.before} → {event.after}", "dim italic"))
            self._object(event.objections)
        elif isinstance(event, Stopped):
            self._line("", Text(f"✗ {event.reason}", "bold red"))
        elif isinstance(event, Passed):
            self._line("", Text(f"minutes that pass: {event.minutes}", "dim italic"))
        elif isinstance(event, Ran):
            self._line("", Text(f"the clock: {event.folder}", "dim italic"))
        elif isinstance(event, Noted):
            self._line(event.vendor, Text(f"a provider notes: {_short(event.event)}", "bold yellow"))
        elif isinstance(event, Glanced):
            asked = Text(f"is there: {_short(event.looked_for)}", "bold yellow")
            self._show_answer(event, event.vendor, asked)
        elif isinstance(event, Told):
            self._show_answer(event, "Vapi", Text(event.message, "bold yellow"))
        elif isinstance(event, Decided):
            self._show_answer(event, "member", Text(event.request, "bold yellow"))
        else:
            arguments = ", ".join(f"{name}={_short(value)}" for name, value in event.arguments.items())
            asked = Text.assemble((event.tool, "bold yellow"), (f"({arguments})", "yellow"))
            self._show_answer(event, "", asked)

    def _show_answer(self, event: Judged, who: str, asked: Text) -> None:
        self._line(who, Text.assemble(asked, (f"  {event.took_ms:.1f} ms", "magenta")))
        facts = {name: value for name, value in event.answer.items() if name not in ("say", "today")}
        self._line("", Text(f"→ {_short(facts, 400)}", "dim"))
        if event.met:
            self._line("", Text(f"✓ {', '.join(event.met)}", "green"))
        self._object(event.objections)

    def _object(self, objections: list[str]) -> None:
        for objection in objections:
            self._line("", Text(f"✗ {objection}", "bold red"))

    def _line(self, who: str, text: Text, style: str = "dim") -> None:
        self._console.print(Text.assemble((f"{who:>{_NAMED}}  ", style), text))

    def _totals(self) -> None:
        answered = self._answered
        took = sorted(one.took_ms for one in answered)
        met = sum(len(one.met) for one in self._judged)
        missed = self._missed
        totals: dict[str, Any] = {
            "tool_calls": len(took),
            "total_ms": round(sum(took), 1),
            "slowest_ms": took[-1] if took else 0.0,
            "expectations_met": met,
            "expectations_missed": missed,
        }
        if self._as_json:
            events = [{"kind": type(event).__name__.lower(), **asdict(event)} for event in self._events]
            document = {"title": self._title, "events": events, "totals": totals, "as_expected": not missed}
            self._console.print_json(json.dumps(document, ensure_ascii=False))
            return
        verdict = (
            f"[red]✗ {missed} not as expected[/], {met} as expected"
            if missed
            else f"[green]✓ {met} as expected[/]"
        )
        times = f"{totals['total_ms']} ms, slowest {totals['slowest_ms']} ms"
        self._console.print(f"\n{len(took)} tool calls in {times}. {verdict}\n")


def _short(value: Any, longest: int = 80) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[:longest]}…"
