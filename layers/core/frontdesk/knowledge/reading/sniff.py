"""What a file is, by its content. Its name decides only between kinds of text, which look alike."""

import re
import zipfile
from pathlib import Path
from typing import Final, Literal

from frontdesk.knowledge.reading import table
from frontdesk.knowledge.reading.decoding import decode
from frontdesk.knowledge.reading.unreadable import Unreadable

Kind = Literal["pdf", "docx", "html", "markdown", "csv", "text"]

_HEAD: Final = 65_536
"""Bytes: enough to know by."""
_MOST_MEMBERS: Final = 5_000
_FOREIGN: Final = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (.doc, .xls) or one with a password"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"BM", "a picture"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF file"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"RIFF", "a sound, a film or a picture"),
)
_ZIPPED: Final = {"xl/": "an Excel file", "ppt/": "a presentation", "content.xml": "an OpenDocument file"}
_FILM: Final = "a film or a picture"
_COMPRESSED: Final = "a compressed file"
FOUND: Final = frozenset({_FILM, _COMPRESSED, *_ZIPPED.values(), *(found for _, found in _FOREIGN)})
"""What a file may be that isn't read."""
_HTML: Final = re.compile(
    r"<(?:!doctype html|html|head|body|div|p|h[1-6]|table|ul|ol|section|article|main)\b[^<>]{0,500}>", re.I
)
_HTML_BEGINS: Final = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+|(?><!--.*?-->)\s*+)*+<(?:!doctype html|html|head|body)\b", re.I | re.S
)
_MARKDOWN: Final = re.compile(
    r"^ {0,3}#{1,6} \S|^ {0,3}+\|?(?=[ :-]*?---)[ :-]*+\|[ :|-]*+$|^```|\[[^\]\n]{1,200}\]\(https?://", re.M
)


def kind(path: Path, name: str) -> Kind:
    """What the file is, from its first bytes; raises `Unreadable` for what isn't read here."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(path)
    for begins, found in _FOREIGN:
        # Two letters begin a sentence as well as a file: only what isn't text is taken for one.
        if head.startswith(begins) and (len(begins) > 2 or b"\x00" in head):
            raise Unreadable("wrong_type", found=found)
    if head[4:8] == b"ftyp":
        raise Unreadable("wrong_type", found=_FILM)
    return _of_text(decode(head, is_cut=True), Path(name).suffix.lower())


def _of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError):
        raise Unreadable("damaged") from None
    if len(names) > _MOST_MEMBERS:
        raise Unreadable("too_complex")
    if "word/document.xml" in names:
        return "docx"
    for begins, found in _ZIPPED.items():
        if any(one.startswith(begins) for one in names):
            raise Unreadable("wrong_type", found=found)
    if "[Content_Types].xml" in names:
        return "docx"
    raise Unreadable("wrong_type", found=_COMPRESSED)


def _of_text(text: str, suffix: str) -> Kind:
    if not text.strip():
        raise Unreadable("empty")
    # What no text has many of: a file of another kind, read as if it were letters.
    strange = sum(1 for c in text if (c < " " and c not in "\t\n\r\f\x0b\x1b") or c == "\ufffd")
    if strange > len(text) / 20:
        raise Unreadable("unknown_type")
    if _HTML_BEGINS.match(text):
        return "html"
    if suffix != ".csv" and table.is_of_questions(text):
        return "csv"
    if suffix in (".csv", ".tsv") and table.has_columns(text):
        return "csv"
    if suffix in (".md", ".markdown"):
        return "markdown"
    if len(_HTML.findall(text)) >= 3 or (suffix in (".html", ".htm", ".xhtml") and _HTML.search(text)):
        return "html"
    return "markdown" if _MARKDOWN.search(text) else "text"
