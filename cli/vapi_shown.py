"""How the verbs `frontdesk vapi` show plans, pushes and news: for eyes, and as JSON."""

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, cast

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from frontdesk.vapi.api import Vapi
from frontdesk.vapi.leaves import ABSENT
from gitops.comparison import DRIFT, By, Change, brief
from gitops.plan import Action, Plan, Step
from gitops.pull import News, Pulled
from gitops.push import Ended, Outcome

console: Final = Console(highlight=False, soft_wrap=True)

_LINES: Final = 24
"""Of a text's difference, at most."""
_COLOURS: Final = {
    Action.CREATE: "green",
    Action.ADOPT: "cyan",
    Action.UPDATE: "yellow",
    Action.REPLACE: "yellow",
    Action.LINK: "yellow",
    Action.STOP: "red",
    Action.DELETE: "red",
    Action.KEEP: "dim",
}
_MEANT: Final = {
    Action.REPLACE: "a changed function tool is a new one; the old stays until `--prune`",
    Action.ADOPT: "it is at Vapi already; only the state learns of it",
    Action.KEEP: "its file is gone; `push --prune` deletes it at Vapi",
}
_WHOSE: Final = {
    By.THERE: " (edited at Vapi)",
    By.BOTH: " (edited here and at Vapi)",
    By.UNKNOWN: " (never agreed)",
}
_SIGNS: Final = {
    Ended.DONE: "[green]✓[/]",
    Ended.STOPPED: "[red]![/]",
    Ended.FAILED: "[red]✗[/]",
    Ended.SKIPPED: "[dim]-[/]",
    Ended.WAITING: "[dim]…[/]",
}


def show_plan(plan: Plan) -> None:
    """Every step that is work, with each field that differs."""
    for problem in plan.problems:
        console.print(f"[red]✗[/] {escape(str(problem))}")
    for step in plan.steps:
        if step.action is Action.LEAVE:
            continue
        note = step.note or _MEANT.get(step.action, "")
        colour = _COLOURS[step.action]
        console.print(f"[{colour}]{step.action:>8}[/]  [bold]{escape(step.name)}[/]  [dim]{escape(note)}[/]")
        for change in _shown_changes(step):
            _show_change(change)
    for old in plan.superseded:
        console.print(f"[red]{Action.DELETE:>8}[/]  tools/{old.id}  [dim]the one of {old.at}[/]")
    for note in plan.tree.notes:
        console.print(f"[dim]{escape(note)}[/]")


def summary(plan: Plan, closing: str) -> str:
    """E.g. `2 to create, 1 drifted, 21 as they are. Nothing was written.`"""
    count = Counter(step.action for step in plan.steps)
    said = {
        Action.CREATE: "to create",
        Action.ADOPT: "to adopt",
        Action.UPDATE: "to update",
        Action.REPLACE: "to replace",
        Action.LINK: "to relink",
        Action.STOP: "drifted",
        Action.DELETE: "to delete",
        Action.LEAVE: "as they are",
    }
    parts = [f"{count[action]} {words}" for action, words in said.items() if count[action]]
    if plan.problems:
        parts.insert(0, f"{len(plan.problems)} problems")
    text = f"{', '.join(parts) or 'no resources'}. {closing}"
    if count[Action.STOP]:
        text += " `pull` brings what was edited at Vapi into the files; `push --overwrite` undoes it."
    return text


def as_json(plan: Plan) -> dict[str, Any]:
    """The whole plan."""
    return {
        "steps": [
            {
                "name": step.name,
                "action": step.action.value,
                "changes": [change_json(change) for change in _shown_changes(step)],
                **({"note": step.note} if step.note else {}),
            }
            for step in plan.steps
        ],
        "superseded": [{"tool": old.id, "id": old.uuid, "at": old.at} for old in plan.superseded],
        "problems": [vars(problem) for problem in plan.problems],
        "notes": plan.tree.notes,
        "is_empty": plan.is_empty,
    }


def change_json(change: Change) -> dict[str, Any]:
    """One field: `file` and `remote` are left out where there is nothing."""
    return {
        "path": change.name,
        "by": change.by.value,
        **({} if change.file is ABSENT else {"file": change.file}),
        **({} if change.remote is ABSENT else {"remote": change.remote}),
    }


def followed(outcomes: Iterable[Outcome], *, is_silent: bool) -> Iterator[Outcome]:
    """The outcomes, each shown as it comes."""
    for outcome in outcomes:
        if not is_silent:
            took = f"  [dim]{outcome.took_ms:.0f} ms[/]" if outcome.took_ms else ""
            console.print(f"  {_SIGNS[outcome.ended]} {outcome.action:<8} {escape(outcome.name)}{took}")
            for note in outcome.notes:
                console.print(f"             [dim]{escape(note)}[/]")
        yield outcome


def show_end(plan: Plan, ended: list[Outcome], vapi: Vapi) -> None:
    """What a push came to."""
    count = Counter(outcome.ended for outcome in ended)
    left = sum(step.action is Action.LEAVE for step in plan.steps)
    kept = [step.name for step in plan.steps if step.action is Action.KEEP]
    words = {
        Ended.DONE: "done",
        Ended.STOPPED: "drifted and left as they are at Vapi",
        Ended.FAILED: "failed",
        Ended.SKIPPED: "skipped",
        Ended.WAITING: "kept for running calls",
    }
    parts = [f"{count[one]} {text}" for one, text in words.items() if count[one]] or ["nothing to do"]
    counts = vapi.counts
    console.print(
        f"{', '.join(parts)}; {left} were so already."
        f" [dim]{counts.requests} requests, {counts.writes} of them writes, to {vapi.host}[/]"
    )
    if count[Ended.STOPPED]:
        console.print("`pull` brings what was edited at Vapi into the files; `push --overwrite` undoes it.")
    if kept:
        console.print(f"[dim]without a file, and kept until `push --prune`: {', '.join(kept)}[/]")


def ended_json(ended: list[Outcome], vapi: Vapi) -> dict[str, Any]:
    """What a push came to."""
    return {
        "steps": [
            {"name": one.name, "action": one.action.value, "ended": one.ended.value, "notes": one.notes}
            for one in ended
        ],
        "requests": vapi.counts.requests,
        "writes": vapi.counts.writes,
    }


def show_news(news: list[News]) -> None:
    """What a pull brought."""
    colours = {Pulled.NEW: "green", Pulled.CHANGED: "yellow", Pulled.CONFLICT: "red"}
    for each in news:
        console.print(f"[{colours.get(each.what, 'dim')}]{each.what:>12}[/]  [bold]{escape(each.name)}[/]")
        for change in each.changes:
            if each.what is Pulled.CHANGED:  # the file has become what Vapi was
                change = Change(change.path, change.remote, change.file, By.HERE)
            _show_change(change)
    count = Counter(each.what for each in news)
    parts = [f"{number} {what}" for what, number in count.items()]
    console.print(", ".join(parts) or "The files are as Vapi is.")
    if count[Pulled.CONFLICT]:
        console.print(
            "Edited here and at Vapi: make the file say what is right, then `push --overwrite` those."
        )
    if count[Pulled.REMOVED_HERE]:
        console.print("[dim]`push --prune` deletes what was removed here; `pull NAME` brings it back.[/]")


def news_json(news: News) -> dict[str, Any]:
    """One file's."""
    return {
        "name": news.name,
        "what": news.what.value,
        "changes": [change_json(each) for each in news.changes],
    }


def show_status(plan: Plan) -> None:
    """A row a resource."""
    table = Table("resource", "file", "Vapi", "agreed", box=None, pad_edge=False)
    for row in status_rows(plan):
        missing = "gone" if row["agreed"] else "not yet"
        at_vapi = missing if row["id"] is None else "drifted" if row["drift"] else row["id"][:8]
        table.add_row(row["name"], row["file"], at_vapi, row["age"] or "never")
    console.print(table)


def status_rows(plan: Plan) -> list[dict[str, Any]]:
    """Per resource: `name`, `file`, `id` at Vapi or None, `drift` (fields), `agreed` (UTC) and `age`."""
    rows: list[dict[str, Any]] = []
    for step in plan.steps:
        entry = plan.state.entries.get(step.key)
        edited = any(change.by in (By.HERE, By.BOTH) for change in step.changes)
        file = "none" if step.resource is None else "new" if step.item is None else "same"
        rows.append(
            {
                "name": step.name,
                "file": "edited" if edited else file,
                "id": step.item["id"] if step.item else None,
                "drift": [change.name for change in step.changes if change.by in DRIFT],
                "agreed": entry.at if entry and entry.at else None,
                "age": _age(entry.at) if entry and entry.at else None,
            }
        )
    return rows


def _age(at: str) -> str:
    minutes = int((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds() // 60)
    for size, name in ((1440, "d"), (60, "h")):
        if minutes >= size:
            return f"{minutes // size} {name} ago"
    return f"{minutes} min ago"


def _shown_changes(step: Step) -> list[Change]:
    """What is to be said of a step: of what is adopted or left, nothing."""
    return [] if step.action in (Action.LEAVE, Action.ADOPT) else step.changes


def _show_change(change: Change) -> None:
    name, old, new = escape(change.name), change.remote, change.file
    if change.path == ("model", "messages"):
        name, old, new = "prompt", _prompt(old), _prompt(new)
    label = f"            {name}{_WHOSE.get(change.by, '')}"
    if change.by is By.LINK:
        console.print(f"{label}  [dim]follows a new id or address[/]")
    elif isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        console.print(label)
        for line in _difference(old, new):
            console.print(f"              {line}")
    elif isinstance(old, list) and isinstance(new, list):
        console.print(label)
        for line in _difference(_lines(cast("list[Any]", old)), _lines(cast("list[Any]", new))):
            console.print(f"              {line}")
    elif change.by in DRIFT:
        console.print(f"{label}  Vapi: [red]{escape(brief(old))}[/]  here: [green]{escape(brief(new))}[/]")
    else:
        console.print(f"{label}  [red]{escape(brief(old))}[/] → [green]{escape(brief(new))}[/]")


def _prompt(messages: Any) -> Any:
    match messages:
        case [{"role": "system", "content": str(content)}]:
            return content
        case _:
            return messages


def _lines(items: list[Any]) -> str:
    """A list as text, so that its difference can be told line by line."""
    return json.dumps(items, ensure_ascii=False, indent=1)


def _difference(old: str, new: str) -> Iterator[str]:
    """The lines that differ, at Vapi in red and in the file in green."""
    lines = [
        line
        for line in difflib.unified_diff(old.splitlines(), new.splitlines(), n=1, lineterm="")
        if not line.startswith(("---", "+++"))
    ]
    for line in lines[:_LINES]:
        colour = {"-": "red", "+": "green", "@": "cyan"}.get(line[0], "dim")
        yield f"[{colour}]{escape(line)}[/]"
    if len(lines) > _LINES:
        yield f"[dim]… {len(lines) - _LINES} more lines[/]"
