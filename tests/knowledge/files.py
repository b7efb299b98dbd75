"""Documents as people's programs write them, and as nobody should: made here, byte by byte."""

import io
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from itertools import count

LEFT, TOP, LEADING = 60, 740, 14


def pdf(*pages: Sequence[str] | None, compressed: bool = True, extra: Sequence[bytes] = ()) -> bytes:
    """A PDF of A4 pages.

    Args:
        pages: lines each; an empty one leaves a gap, tabs set columns of 160 points, None is a picture.
        compressed: whether the content of pages is.
        extra: further objects, which nothing refers to.
    """
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    catalog, tree = add(b""), add(b"")
    latin = add(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    wide = add(b"")
    picture = add(
        stream(
            b"\x7f" * 12,
            b"/Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8/ColorSpace/DeviceRGB",
        )
    )
    letters: dict[str, int] = {}
    kids: list[int] = []
    for lines in pages:
        drawn = b"q 500 0 0 700 40 40 cm /P Do Q" if lines is None else _drawn(lines, letters)
        content = add(stream(drawn, b"", compressed=compressed))
        resources = (
            b"/XObject<</P %d 0 R>>" % picture
            if lines is None
            else b"/Font<</F1 %d 0 R/F2 %d 0 R>>" % (latin, wide)
        )
        kids.append(
            add(
                b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Resources<<%s>>/Contents %d 0 R>>"
                % (tree, resources, content)
            )
        )
    descendant = add(
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/Song/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        b"/Supplement 0>>/DW 1000>>"
    )
    shown = b"\n".join(
        b"<%04x> <%s>" % (code, letter.encode("utf-16-be").hex().encode()) for letter, code in letters.items()
    )
    unicode = add(
        stream(
            b"begincmap\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            b"%d beginbfchar\n%s\nendbfchar\nendcmap" % (len(letters), shown),
            b"",
        )
    )
    objects[wide - 1] = (
        b"<</Type/Font/Subtype/Type0/BaseFont/Song/Encoding/Identity-H/DescendantFonts[%d 0 R]"
        b"/ToUnicode %d 0 R>>" % (descendant, unicode)
    )
    objects[catalog - 1] = b"<</Type/Catalog/Pages %d 0 R>>" % tree
    objects[tree - 1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    objects.extend(extra)
    return assembled(objects)


def beside(left: Sequence[str], right: Sequence[str]) -> bytes:
    """A PDF of one page with two columns of prose, each drawn whole."""
    drawn = b"".join(
        b"BT /F1 9 Tf %d %d Td (%s) Tj ET\n" % (x, TOP - LEADING * row, line.encode())
        for x, lines in ((40, left), (310, right))
        for row, line in enumerate(lines)
    )
    return of_content(drawn)


def of_content(drawn: bytes) -> bytes:
    """A PDF of one page that is drawn so, with the font F1."""
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources 6 0 R/Contents 5 0 R>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            stream(drawn, b""),
            b"<</Font<</F1 4 0 R>>>>",
        ]
    )


def stream(data: bytes, entries: bytes, *, compressed: bool = True) -> bytes:
    """A stream object's body."""
    packed = zlib.compress(data) if compressed else data
    filtered = b"/Filter/FlateDecode" if compressed else b""
    return b"<<%s%s/Length %d>>\nstream\n%s\nendstream" % (entries, filtered, len(packed), packed)


def assembled(objects: Sequence[bytes]) -> bytes:
    """The file of these objects, the first of which is its catalog."""
    file = io.BytesIO()
    file.write(b"%PDF-1.7\n")
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    file.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return file.getvalue()


def _drawn(lines: Sequence[str], letters: dict[str, int]) -> bytes:
    drawn = io.BytesIO()
    codes = count(len(letters) + 1)
    for row, line in enumerate(lines):
        for column, cell in enumerate(line.split("\t")):
            if not cell:
                continue
            x, y = LEFT + 160 * column, TOP - LEADING * row
            if cell.isascii():
                text = cell.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode()
                drawn.write(b"BT /F1 11 Tf %d %d Td (%s) Tj ET\n" % (x, y, text))
            else:
                # As seen, from left to right: that is how programs draw what is read from right to left.
                seen = cell[::-1] if unicodedata.bidirectional(cell[0]) in ("R", "AL") else cell
                for letter in seen:
                    if letter not in letters:
                        letters[letter] = next(codes)
                text = b"".join(b"%04x" % letters[letter] for letter in seen)
                drawn.write(b"BT /F2 11 Tf %d %d Td <%s> Tj ET\n" % (x, y, text))
    return drawn.getvalue()


def docx(body: str, **others: bytes) -> bytes:
    """A Word document of this XML, in the namespace `w`; `others` are further members, `_` for `/`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        packed.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="a" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        packed.writestr(
            "word/document.xml",
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f"<w:body>{body}</w:body></w:document>",
        )
        for name, data in others.items():
            packed.writestr(name.replace("_", "/", 1), data)
    return file.getvalue()


def paragraph(text: str, *, style: str = "", is_bold: bool = False) -> str:
    """A paragraph of Word's."""
    styled = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    bold = "<w:rPr><w:b/></w:rPr>" if is_bold else ""
    return f"<w:p>{styled}<w:r>{bold}<w:t>{text}</w:t></w:r></w:p>"


def table(*rows: Sequence[str]) -> str:
    """A table of Word's."""
    return "<w:tbl>{}</w:tbl>".format(
        "".join(
            "<w:tr>{}</w:tr>".format("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row))
            for row in rows
        )
    )
