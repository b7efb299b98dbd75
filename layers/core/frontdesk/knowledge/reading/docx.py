"""Word documents: a zip of XML, looked at before it is unpacked, then made HTML and read as that."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.parsers.expat import ExpatError

import mammoth

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
            # Pictures are never unpacked. No part is read further than its size says, so a lie ends in an error.
            unpacked = sum(
                member.file_size
                for member in file.infolist()
                if member.filename.endswith((".xml", ".rels", "style-map"))
            )
        if unpacked > MOST_UNPACKED:
            raise Unreadable("too_complex")
        with path.open("rb") as file:
            html: str = mammoth.convert_to_html(file, convert_image=lambda _: [], id_prefix="").value
    except (zipfile.BadZipFile, ExpatError, KeyError, OSError):
        raise Unreadable("damaged") from None
    return of_html(html)
