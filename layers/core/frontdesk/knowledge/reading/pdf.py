"""PDF: pages of lines, without what is printed on every page; which pages are only pictures."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Final, cast

import pypdf
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

from frontdesk.knowledge.blocks import Block, one_line, visible
from frontdesk.knowledge.reading import lines
from frontdesk.knowledge.reading.unreadable import Unreadable

MOST_PAGES: Final = 2_000
MOST_OBJECTS: Final = 200_000
"""A page of a real document has ten or twenty."""
MOST_UNPACKED: Final = 20_000_000
"""Bytes of one stream; a page's text has a few thousand."""
_MOST_OPERATIONS: Final = 1_000_000
"""Of one page; a drawing of a plan has some 100,000."""

_OBJECT: Final = re.compile(rb"\d obj\b")
_PACKED: Final = re.compile(rb"/N\s+(\d{1,9})\b")
_NUMBER: Final = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_EDGE: Final = 2
"""Lines at a page's top and at its bottom that may be a header or a footer."""
_LEAST_PAGES: Final = 4
"""Of fewer, what repeats may be meant."""
_MOSTLY: Final = 0.6
_LEFTWARD: Final = re.compile("[\u0590-\u08ff]")
_STRANGE: Final = re.compile("[\ue000-\uf8ff\ufffd]")
_MOST_STRANGE: Final = 0.3
_COLUMNS: Final = re.compile(r"\S.{25,}?\s{3,}\S.{25,}")

Progress = Callable[[int, int], None]


class Read:
    """What is known of a PDF when its blocks have been read."""

    def __init__(self) -> None:
        self.pages = 0
        self.unread: list[int] = []


def blocks(path: Path, read: Read, progress: Progress) -> Iterator[Block]:
    """The blocks of a PDF; fills in `read`, and tells `progress` how many of how many pages are read.

    Raises `Unreadable`: for what is encrypted, damaged, too complex, has too many pages, or only pictures.
    """
    _look_before(path)
    pages: list[list[str]] = []
    pictured: list[int] = []
    broken: list[int] = []
    with path.open("rb") as file, _understood(), _limited():
        reader = pypdf.PdfReader(file)
        read.pages = _count(reader)
        for number in range(1, read.pages + 1):
            try:
                page = reader.pages[number - 1]
                is_pictured = _has_pictures(page)
                text = _lines(page)
            except (LimitReachedError, FileNotDecryptedError, DependencyError, RecursionError, MemoryError):
                raise
            except Exception:  # noqa: BLE001 - whatever a broken page makes of the library, the others can be read
                is_pictured, text = False, []
                broken.append(number)
            pages.append(text)
            if is_pictured:
                pictured.append(number)
            progress(number, read.pages)
    repeated = _repeated(pages)
    kept = [_without(repeated, page, number, number in pictured) for number, page in enumerate(pages, 1)]
    empty = [number for number, page in enumerate(kept, 1) if not any(line.strip() for line in page)]
    read.unread = [number for number in empty if number in {*pictured, *broken}]
    if len(empty) == read.pages:
        raise Unreadable("damaged" if broken and not pictured else "no_text")
    # Once is enough for a clinic's address, and never would be too seldom.
    for line in dict.fromkeys(
        line.strip() for page in pages for line in page if f"={_plain(line)}" in repeated
    ):
        yield Block("text", one_line(line), 1)
    yield from lines.blocks((line, number) for number, page in enumerate(kept, 1) for line in page)


def _look_before(path: Path) -> None:
    """Counts what the file consists of, without reading it: a million objects take an hour and all memory."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        objects = sum(1 for _ in _OBJECT.finditer(data))
        if data.find(b"/ObjStm") >= 0:
            objects += sum(int(found[1]) for found in _PACKED.finditer(data))
    if objects > MOST_OBJECTS:
        raise Unreadable("too_complex")


class _understood:  # noqa: N801
    """What the library says of a whole file, in our words."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case None | Unreadable():
                return
            case FileNotDecryptedError() | DependencyError():
                raise Unreadable("encrypted") from None
            case LimitReachedError() | RecursionError() | MemoryError():
                raise Unreadable("too_complex") from None
            case PyPdfError() | ValueError() | LookupError() | TypeError() | AttributeError() | OSError():
                raise Unreadable("damaged") from None
            case _:
                return


def _limited() -> Any:
    return pypdf.apply_configuration(
        zlib_maximum_output_length=MOST_UNPACKED,
        lzw_maximum_output_length=MOST_UNPACKED,
        run_length_maximum_output_length=MOST_UNPACKED,
        maximum_declared_stream_length=75_000_000,
        stream_decoding_work_maximum_length=4 * MOST_UNPACKED,
        stream_parsing_work_maximum_count=_MOST_OPERATIONS,
    )


def _count(reader: pypdf.PdfReader) -> int:
    if reader.is_encrypted and reader.decrypt("") == pypdf.PasswordType.NOT_DECRYPTED:
        raise Unreadable("encrypted")
    tree = cast("Any", reader.trailer["/Root"])["/Pages"]
    said = tree.get("/Count", 0)
    pages = int(said) if isinstance(said, int) and said > MOST_PAGES else len(reader.pages)
    if pages > MOST_PAGES:
        raise Unreadable("too_many_pages", pages=pages, most=MOST_PAGES)
    if not pages:
        raise Unreadable("damaged")
    return pages


def _lines(page: pypdf.PageObject) -> list[str]:
    """The page's lines: with gaps between columns, unless that would mix columns of prose or lose text."""
    plain = visible(page.extract_text())
    if not plain.strip():
        return []
    if len(_STRANGE.findall(plain)) > _MOST_STRANGE * len("".join(plain.split())):
        return []  # Letters of a font that doesn't say which they are.
    laid = ""
    with suppress(ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        laid = visible(page.extract_text(extraction_mode="layout"))
    flat, apart = plain.split("\n"), laid.split("\n")
    if _LEFTWARD.search(plain):
        apart = _turned(apart, [line for line in flat if line.strip()])
    is_prose = sum(1 for line in apart if _COLUMNS.search(line)) > len(apart) / 4
    has_all = Counter("".join("".join(apart).split())) == Counter("".join(plain.split()))
    return flat if is_prose or not has_all else apart


def _turned(apart: list[str], flat: list[str]) -> list[str]:
    """The laid out lines, with Arabic and Hebrew ones in the order in which they are read.

    A file has them as they are seen, from left to right; only the flat text has their letters turned round.
    """
    if sum(bool(line.strip()) for line in apart) != len(flat):
        return flat
    rest = iter(flat)
    pairs = [(line, next(rest) if line.strip() else "") for line in apart]
    return [read if _LEFTWARD.search(read) else line for line, read in pairs]


def _has_pictures(page: pypdf.PageObject) -> bool:
    resources: dict[str, Any] = _direct(page.get("/Resources")) or {}
    objects = resources.get("/XObject")
    drawn: dict[str, Any] = _direct(objects) or {}
    kinds = [_direct(one).get("/Subtype") for one in drawn.values()]
    return "/Image" in kinds or "/Form" in kinds


def _direct(found: Any) -> Any:
    """The object itself, where there is only a reference to it."""
    return found.get_object() if hasattr(found, "get_object") else found


def _repeated(pages: Sequence[Sequence[str]]) -> set[str]:
    """The keys of headers and footers: the same line, but for its page's number, on most pages."""
    if len(pages) < _LEAST_PAGES:
        return set()
    counts: Counter[str] = Counter()
    for number, page in enumerate(pages, 1):
        printed = [line for line in page if line.strip()]
        edges = [*printed[:_EDGE], *printed[-_EDGE:]]
        counts.update({key for line in edges for key in _keys(line, number)})
    return {key for key, count in counts.items() if count > _MOSTLY * len(pages)}


def _without(repeated: set[str], page: list[str], number: int, is_pictured: bool) -> list[str]:
    """The page without its header and footer, unless they are all it says."""
    kept = [line for line in page if not _keys(line, number) & repeated]
    return kept if is_pictured or any(line.strip() for line in kept) else page


def _keys(line: str, number: int) -> set[str]:
    """By what a line is another page's too: as it is, or but for a number that counts with the pages."""
    text = _plain(line)
    if not text:
        return set()
    counted = {
        f"{int(found[0]) - number}:{text[: found.start()]}#{text[found.end() :]}"
        for found in _NUMBER.finditer(text)
    }
    return {f"={text}", *counted}


def _plain(line: str) -> str:
    return " ".join(line.split())
