"""How `frontdesk knowledge` shows documents and answers: for eyes."""

from collections.abc import Iterable
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_COLOURS: Final = {"ready": "green", "failed": "red"}


def documents(shown: Iterable[dict[str, Any]]) -> None:
    """A line for each, and below it what somebody should look at."""
    console = Console(highlight=False, soft_wrap=True)
    table = Table("document", "status", "kind", "pages", "passages", box=None)
    for one in shown:
        progress = one["progress"]
        status = f"[{_COLOURS.get(one['status'], 'yellow')}]{one['status']}[/]"
        if one["isSearched"] and one["status"] != "ready":
            status += ", the one before is used"
        pages = "" if progress["pages"] is None else str(progress["pages"])
        table.add_row(escape(one["name"]), status, one["kind"] or "", pages, str(progress["passages"]))
        for told in _told(one):
            table.add_row(f"  [dim]{escape(told)}[/]")
    console.print(table if table.row_count else "no documents")


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
