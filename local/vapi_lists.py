"""How Vapi lists what an account holds: newest first, at most 1000, narrowed by times, some of it in pages.

Source: its API document, `paths./tool.get` and `PaginationMeta`, read 2026-11-22.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from local.vapi_refused import Refused

Item = dict[str, Any]

DEFAULT_LIMIT: Final = 100
MOST: Final = 1000


@dataclass(frozen=True)
class Listing:
    """How one kind of resource is listed."""

    is_paged: bool = False
    """As `{results, metadata}`, page by page, not as an array."""
    filters: tuple[str, ...] = ()
    """What it may be narrowed by, besides times."""


_COMPARISONS: Final[Mapping[str, Callable[[datetime, datetime], bool]]] = {
    "Gt": lambda one, other: one > other,
    "Lt": lambda one, other: one < other,
    "Ge": lambda one, other: one >= other,
    "Le": lambda one, other: one <= other,
}
_TIMES: Final = {f"{name}{how}" for name in ("createdAt", "updatedAt") for how in _COMPARISONS}
_PAGING: Final = {"page", "sortOrder", "sortBy"}


def answer(
    listing: Listing, items: Sequence[Item], query: Mapping[str, str], shown: Callable[[Item], Item]
) -> Any:
    """An array, or a page. Raises `Refused` for a query that isn't understood.

    Args:
        listing: of the kind.
        items: all there are.
        query: of the request.
        shown: an item as it is answered.
    """
    allowed = {"limit", *_TIMES, *listing.filters, *(_PAGING if listing.is_paged else ())}
    if unknown := [name for name in query if name not in allowed]:
        raise Refused(400, [f"property {name} should not exist" for name in unknown])
    limit = _number(query, "limit", DEFAULT_LIMIT, least=0, most=MOST)
    page = _number(query, "page", 1, least=1)
    limits = {name: _instant(name, query[name]) for name in query if name in _TIMES}
    filters = {name: query[name] for name in query if name in listing.filters}
    found = [item for item in items if _is_within(item, limits) and _is_asked_for(item, filters)]
    order = query.get("sortOrder", "DESC")
    found.sort(key=lambda item: item["createdAt"], reverse=order == "DESC")
    results = [shown(item) for item in found[(page - 1) * limit : page * limit]]
    if not listing.is_paged:
        return results
    pages = -(-len(found) // limit) if limit else 0
    metadata = {
        "itemsPerPage": limit,
        "totalItems": len(found),
        "currentPage": page,
        "totalPages": pages,
        "hasNextPage": page < pages,
        "sortOrder": order,
    }
    return {"results": results, "metadata": metadata}


def _number(query: Mapping[str, str], name: str, default: int, *, least: int, most: int | None = None) -> int:
    try:
        number = int(query.get(name, default))
    except ValueError:
        raise Refused(400, [f"{name} must be a number conforming to the specified constraints"]) from None
    if number < least:
        raise Refused(400, [f"{name} must not be less than {least}"])
    if most is not None and number > most:
        raise Refused(400, [f"{name} must not be greater than {most}"])
    return number


def _instant(name: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, [f"{name} must be a valid ISO 8601 date string"]) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _is_within(item: Item, limits: Mapping[str, datetime]) -> bool:
    return all(
        _COMPARISONS[name[-2:]](datetime.fromisoformat(item[name[:-2]]), limit)
        for name, limit in limits.items()
    )


def _is_asked_for(item: Item, filters: Mapping[str, str]) -> bool:
    return all(
        item["id"] in wanted.split(",") if name == "idAny" else item.get(name) == wanted
        for name, wanted in filters.items()
    )
