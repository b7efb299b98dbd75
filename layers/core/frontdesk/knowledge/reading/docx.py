"""Word documents: a zip of XML, looked at before it is unpacked, then made HTML and read as that."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, cast
from xml.parsers.expat import ExpatError

import mammoth  # pyright: ignore[reportMissingTypeStubs]

from frontdesk.knowledge.blocks import Block
from frontdesk.knowledge.reading.html import of_html
from frontdesk.knowledge.reading.unreadable import Unreadable

MOST_UNPACKED: Final = 16_000_000
"""Bytes of XML; 500 pages have some 5 MB, and a tree of it takes thirty times as much."""


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of a document; raises `Unreadable` for a bomb, a protected one and a damaged one."""
    try:
        with zipfile.ZipFile(path) as file:
            if any(member.flag_bits & 1 for member in file.infolist()):
                raise Unreadable("encrypted")
            # Pictures are never unpacked. No part is read beyond its stated size, so a lie is an error.
            unpacked = sum(
                member.file_size
                for member in file.infolist()
                if member.filename.endswith((".xml", ".rels", "style-map"))
            )
        if unpacked > MOST_UNPACKED:
            raise Unreadable("too_complex")
        with path.open("rb") as file:
            html = _html(file)
    except (zipfile.BadZipFile, ExpatError, KeyError, OSError):
        raise Unreadable("damaged") from None
    return of_html(html)


def _html(file: IO[bytes]) -> str:
    convert = cast("Any", mammoth).convert_to_html

    def no_picture(_image: object) -> list[object]:
        return []

    return convert(file, convert_image=no_picture).value
