"""Whose turn it is in a call, and what was said in it. Pure: events and the call's own time in, facts out."""

from dataclasses import replace
from typing import Final

from gitops.call_events import Event, HandedOff, Interrupted, Said, Spoke, ToolAnswered, ToolCalled

PAUSE_S: Final = 1.5
"""So long after the assistant's last word it has finished."""
PATIENCE_S: Final = 10.0
"""So long the caller waits for an assistant that says nothing, before speaking first."""
STUCK_S: Final = 30.0
"""After so long without a sign, a speech or a tool call that was begun isn't waited for any more."""
FRAGMENTS_S: Final = 0.6
"""Words of one speaker that follow one another within this time are one line."""


class Floor:
    """Keeps track of who speaks, from the moment the call was connected."""

    def __init__(self) -> None:
        self._is_assistant_speaking = False
        self._has_answered = False
        """Whether the assistant has spoken since the caller's last turn."""
        self._running: set[str] = set()
        self._last_s = 0.0
        """When somebody did something that was no silence."""

    def note(self, event: Event) -> None:
        """Takes account of what happened."""
        if isinstance(event, Spoke | Said | ToolCalled | ToolAnswered | HandedOff | Interrupted):
            self._last_s = event.at_s
        if isinstance(event, Spoke | Said) and event.role == "assistant":
            self._has_answered = True
        if isinstance(event, Spoke) and event.role == "user":
            self._has_answered = False
        if isinstance(event, Spoke) and event.role == "assistant":
            self._is_assistant_speaking = event.is_speaking
        if isinstance(event, ToolCalled):
            self._running.add(event.id)
        if isinstance(event, ToolAnswered):
            self._running.discard(event.id)
            self._has_answered = False  # what the caller waits for is what the assistant makes of it
        if isinstance(event, HandedOff):
            self._running.clear()  # Vapi reports no result of a handoff's own tool call
            self._has_answered = False

    def caller_spoke(self, at_s: float) -> None:
        """The caller has just said something: an answer is due."""
        self._last_s = at_s
        self._has_answered = False

    def is_free(self, at_s: float) -> bool:
        """True when the assistant has finished and nothing more is to be expected of it."""
        quiet_s = at_s - self._last_s
        if self._is_assistant_speaking or self._running:
            return quiet_s >= STUCK_S
        return quiet_s >= (PAUSE_S if self._has_answered else PATIENCE_S)


class Lines:
    """Makes whole lines of the fragments that some voices and transcribers send, and adds timings."""

    def __init__(self) -> None:
        self._held: Said | None = None
        self._held_until_s = 0.0
        self._asked_at_s: float | None = None
        """When the caller's last turn ended, until the assistant begins to answer."""
        self._waited_s: float | None = None
        self._called: dict[str, ToolCalled] = {}
        self._typed = ""

    def typed(self, said: Said) -> list[Event]:
        """The caller's words, when they were sent as text: a transcript that repeats them is left out."""
        self._typed, self._asked_at_s = said.text, said.at_s
        return [*self.all_held(), said]

    def add(self, event: Event) -> list[Event]:
        """What can be shown now that this has happened, in order."""
        if isinstance(event, Said):
            return self._said(event)
        if isinstance(event, Spoke):
            self._time(event)
            goes_on = self._held is not None and self._held.role == event.role
            return [event] if goes_on else [*self.all_held(), event]
        if isinstance(event, ToolCalled):
            self._called[event.id] = event
        if isinstance(event, ToolAnswered) and (called := self._called.pop(event.id, None)):
            took_s = round(event.at_s - called.at_s, 2)
            event = replace(event, name=event.name or called.name, took_s=took_s)
        return [*self.all_held(), event]

    def due(self, at_s: float) -> list[Event]:
        """The line that is held, once nothing more is to be expected of it."""
        return self.all_held() if self._held and at_s >= self._held_until_s else []

    def all_held(self) -> list[Event]:
        """The line that is held, if any."""
        held, self._held = self._held, None
        return [held] if held else []

    def _said(self, event: Said) -> list[Event]:
        if event.role == "user" and event.text == self._typed:
            self._typed = ""
            return []
        self._held_until_s = event.at_s + FRAGMENTS_S
        held = self._held
        if held and (held.role, held.assistant) == (event.role, event.assistant):
            # Chinese needs no space between two sentences.
            space = " " if held.text[-1].isascii() or event.text[0].isascii() else ""
            self._held = replace(held, text=f"{held.text}{space}{event.text}")
            return []
        if event.role == "assistant":
            event = replace(event, waited_s=self._waited_s)
            self._waited_s = None
        before = self.all_held()
        self._held = event
        return before

    def _time(self, event: Spoke) -> None:
        if event.role == "user":
            self._asked_at_s = None if event.is_speaking else event.at_s
        elif event.is_speaking and self._asked_at_s is not None:
            self._waited_s = round(event.at_s - self._asked_at_s, 2)
            self._asked_at_s = None
