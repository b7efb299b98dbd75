"""The process in which a file is read: what it does to memory and time ends with it.

Run as a module with the file, its name and the limits; tells what it has read as lines of JSON. Its errors
are codes: what a library says of a document has the document's words in it.
"""

import gc
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from frontdesk.knowledge import splitting, suspicious
from frontdesk.knowledge.blocks import Block, Passage
from frontdesk.knowledge.reading import sniff
from frontdesk.knowledge.reading.unreadable import Unreadable

MOST_TEXT: Final = 5_000_000
"""Bytes of a file that is nothing but text."""
MOST_PASSAGES: Final = 20_000


def extract(path: Path, name: str, progress: Callable[[int, int], None]) -> Iterator[Any]:
    """The passages of the file, then one dict of what else is known of it; raises `Unreadable`."""
    kind = sniff.kind(path, name)
    if kind not in ("pdf", "docx") and (size := path.stat().st_size) > MOST_TEXT:
        raise Unreadable("too_large", size=_megabytes(size), most=_megabytes(MOST_TEXT))
    known: dict[str, Any] = {"kind": kind, "pages": None, "unread_pages": []}
    places: list[int] = []
    count = 0
    for count, passage in enumerate(splitting.passages(_blocks(kind, path, known, progress)), 1):
        if count > MOST_PASSAGES:
            raise Unreadable("too_long")
        if suspicious.is_suspicious(passage):
            places.append(count - 1)
        yield passage
    if not count:
        raise Unreadable("empty" if kind != "docx" else "no_text")
    yield {**known, "suspicious": places}


def _blocks(
    kind: sniff.Kind, path: Path, known: dict[str, Any], progress: Callable[[int, int], None]
) -> Iterator[Block]:
    """Imports only what reads this kind: the libraries are heavy, and each is for one."""
    match kind:
        case "pdf":
            from frontdesk.knowledge.reading import pdf

            read = pdf.Read()
            yield from pdf.blocks(path, read, progress)
            known |= {"pages": read.pages, "unread_pages": read.unread}
        case "docx":
            from frontdesk.knowledge.reading import docx

            yield from docx.blocks(path)
        case "html":
            from frontdesk.knowledge.reading import html

            yield from html.blocks(path)
        case "markdown":
            from frontdesk.knowledge.reading import markdown

            yield from markdown.blocks(path)
        case "csv":
            from frontdesk.knowledge.reading import table

            yield from table.blocks(path)
        case "text":
            from frontdesk.knowledge.reading import plain

            yield from plain.blocks(path)


def _megabytes(size: int) -> int:
    return -(-size // 1_000_000)


def _limit(memory: int, seconds: int) -> None:
    """What the process may take; where the platform has no such limit, the parent's clock is all there is."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


def main(path: str, name: str, memory: str, seconds: str) -> None:
    """Reads the file and tells of it; ends itself when it takes more than it may."""
    _limit(int(memory), int(seconds))

    def progress(done: int, of: int) -> None:
        _tell({"page": done, "of": of})
        sys.stdout.flush()

    try:
        for told in extract(Path(path), name, progress):
            _tell({"passage": told} if isinstance(told, Passage) else {"known": told})
    except Unreadable as why:
        _tell({"unreadable": why.reason, "details": why.details})
    except (MemoryError, RecursionError):
        gc.collect()
        _tell({"unreadable": "too_complex", "details": {}})
    except Exception:  # noqa: BLE001 - a library stumbled over the file, and its words are the document's
        _tell({"unreadable": "damaged", "details": {}})


if __name__ == "__main__":
    main(*sys.argv[1:])
