"""Reading documents that nobody has checked: what is not there, or of another type, is simply absent."""

from collections.abc import Iterator
from typing import Any, cast

from gitops.documents import Document, Path


def dig(value: Any, *path: str | int) -> Any:
    """What stands at a path, or None."""
    found: Any = value
    for key in path:
        if isinstance(found, dict):
            found = cast("dict[Any, Any]", found).get(key)
        elif isinstance(found, list) and isinstance(key, int):
            found = next(iter(cast("list[Any]", found)[key : key + 1]), None)
        else:
            return None
    return found


def mapping(value: Any) -> Document:
    """The value if it is a mapping, else an empty one."""
    return cast("Document", value) if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def mappings(value: Any) -> list[tuple[int, Document]]:
    """The mappings of a list, each with its place in it."""
    return [(n, cast("Document", each)) for n, each in enumerate(items(value)) if isinstance(each, dict)]


def scalars(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no other, where it stands."""
    if isinstance(value, dict):
        for name, each in cast("Document", value).items():
            yield from scalars(each, (*path, name))
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[Any]", value)):
            yield from scalars(each, (*path, index))
    else:
        yield path, value


def texts(value: Any) -> Iterator[tuple[Path, str]]:
    """Every text, where it stands."""
    return ((path, each) for path, each in scalars(value) if isinstance(each, str))
