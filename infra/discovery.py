"""What is on disk: one folder below functions/ is one Lambda, and nothing here lists them by hand."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import functions
from frontdesk.endpoint import LAYER, Endpoint
from frontdesk.tool import Tool
from frontdesk.trigger import Console, Hook, Invoked, Messages, Page, Queue, Schedule, UserPool

CONSOLE_LAYER: Final = "console"
"""The dependency group of the clinic's pages."""
FUNCTIONS: Final = Path(functions.__path__[0])


def folders() -> list[str]:
    """Every function, as `tools/cancel_appointment`, in order."""
    return [
        path.parent.relative_to(FUNCTIONS).as_posix() for path in sorted(FUNCTIONS.glob("*/*/handler.py"))
    ]


def tools() -> list[Tool[Any]]:
    """The definition of every tool, in order of name. Raises `ValueError` when folder and name differ."""
    found: list[Tool[Any]] = []
    for path in sorted(FUNCTIONS.glob("tools/*/tool.py")):
        tool: Tool[Any] = import_module(f"functions.tools.{path.parent.name}.tool").TOOL
        if tool.name != path.parent.name:
            raise ValueError(f"{path} defines {tool.name!r}; a tool has the name of its folder")
        found.append(tool)
    return found


def triggers() -> Iterator[tuple[str, Schedule | Queue]]:
    """Every function that a clock or a queue calls, by folder, in order."""
    for folder, module in _defined("trigger"):
        if isinstance(module.TRIGGER, Schedule | Queue):
            yield folder, module.TRIGGER


def schedules() -> dict[str, Schedule]:
    """What a clock calls, and how often, by folder such as `scheduling/sweep`."""
    return {folder: one for folder, one in triggers() if isinstance(one, Schedule)}


def queues() -> dict[str, Queue]:
    """What a queue feeds, by folder such as `agents/on_agent_saved`."""
    return {folder: one for folder, one in triggers() if isinstance(one, Queue)}


def messages() -> dict[str, Messages]:
    """What Vapi posts its messages to, by folder such as `calls/messages`."""
    return {
        folder: module.TRIGGER
        for folder, module in _defined("trigger")
        if isinstance(module.TRIGGER, Messages)
    }


def pages() -> dict[str, Page]:
    """Where others send browsers to, by folder such as `calendars/callback`."""
    return {
        folder: module.TRIGGER for folder, module in _defined("trigger") if isinstance(module.TRIGGER, Page)
    }


def consoles() -> dict[str, Console]:
    """The clinic's pages, by folder such as `console/today`."""
    return {
        folder: module.TRIGGER
        for folder, module in _defined("trigger")
        if isinstance(module.TRIGGER, Console)
    }


def hooks() -> dict[str, Hook]:
    """Where vendors post that something changed, by folder such as `calendars/hints`."""
    return {
        folder: module.TRIGGER for folder, module in _defined("trigger") if isinstance(module.TRIGGER, Hook)
    }


def user_pool_triggers() -> dict[str, UserPool]:
    """What the user pool calls, and when, by folder such as `members/post_confirmation`."""
    return {
        folder: module.TRIGGER
        for folder, module in _defined("trigger")
        if isinstance(module.TRIGGER, UserPool)
    }


def invoked() -> dict[str, Invoked]:
    """What others of our functions call, by folder such as `knowledge/embed`."""
    return {
        folder: module.TRIGGER
        for folder, module in _defined("trigger")
        if isinstance(module.TRIGGER, Invoked)
    }


def layers() -> dict[str, str]:
    """The dependency group that a function asks for, by folder; those that ask for none are left out."""
    asked_for = {
        folder: one.layer for folder, one in (*triggers(), *invoked().items(), *pages().items()) if one.layer
    }
    return asked_for | dict.fromkeys(endpoints(), LAYER) | dict.fromkeys(consoles(), CONSOLE_LAYER)


def carried() -> dict[str, tuple[str, ...]]:
    """The other folders that a function is shipped with, for it calls their handlers; by folder."""
    return {folder: console.uses for folder, console in consoles().items()}


def endpoints() -> dict[str, tuple[Endpoint[Any, Any], ...]]:
    """The member API, by folder such as `appointments/listing`: an `ENDPOINT`, or a subject's `ENDPOINTS`.

    Raises `ValueError` for a route of two.
    """
    found = {folder: _routes_of(module) for folder, module in _defined("endpoint")}
    routes = [one.route for several in found.values() for one in several]
    if twice := {route for route in routes if routes.count(route) > 1}:
        raise ValueError(f"{sorted(twice)}: each route leads to one function")
    return found


def _routes_of(module: Any) -> tuple[Endpoint[Any, Any], ...]:
    return module.ENDPOINTS if hasattr(module, "ENDPOINTS") else (module.ENDPOINT,)


def _defined(name: str) -> Iterator[tuple[str, Any]]:
    """Every folder with a module of that name beside its handler, and the module, in order."""
    for path in sorted(FUNCTIONS.glob(f"*/*/{name}.py")):
        folder = path.parent.relative_to(FUNCTIONS).as_posix()
        yield folder, import_module(f"functions.{folder.replace('/', '.')}.{name}")
