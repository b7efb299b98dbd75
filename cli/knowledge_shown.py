"""How `frontdesk knowledge` shows documents and answers: for eyes."""

from collections.abc import Sequence
from typing import Any, Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, ProgressColumn

_COLOURS: Final = {"ready": "green", "failed": "red"}


def progress(*columns: ProgressColumn) -> Progress:
    """Bars beside what is printed, gone in the end; none where nobody looks."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def documents(shown: Sequence[dict[str, Any]]) -> None:
    """A line for each, and below it what somebody should look at."""
    console = Console(highlight=False, soft_wrap=True)
    width = max((cell_len(one["name"]) for one in shown), default=0)
    for one in shown:
        far = one["progress"]
        known = [one["kind"], _counted(far["pages"], "page"), _counted(far["passages"], "passage")]
        if one["isSearched"] and one["status"] != "ready":
            known.append("callers hear the one before")
        name = set_cell_size(one["name"], width)
        status = f"[{_COLOURS.get(one['status'], 'yellow')}]{one['status']}[/]"
        console.print(f"{escape(name)}  {status}  {', '.join(filter(None, known))}")
        for told in _told(one):
            console.print(f"    [dim]{escape(told)}[/]")
    if not shown:
        console.print("no documents")


def _counted(number: int | None, noun: str) -> str:
    return f"{number} {noun}{'s' * (number > 1)}" if number else ""


def _told(one: dict[str, Any]) -> list[str]:
    told = [one["failure"]] if one["failure"] else []
    if pages := one["unreadPages"]:
        told.append(f"without text: page {', '.join(map(str, pages))}")
    told += [
        f"reads like an order to a model{_page(warning)}: {warning['words']}" for warning in one["warnings"]
    ]
    return told


def answer(answered: dict[str, Any]) -> None:
    """What a caller hears, and where it stands."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(answered['say'])}[/]")
    for one in answered["passages"]:
        near = "words" if one["similarity"] is None else f"{one['similarity']:.2f}"
        heading = f" › {one['heading']}" if one["heading"] else ""
        console.print(f"\n  [dim]{near}  {escape(one['document'] + _page(one) + heading)}[/]")
        console.print(f"  {escape(one['text'])}")


def _page(one: dict[str, Any]) -> str:
    return "" if one["page"] is None else f", page {one['page']}"
