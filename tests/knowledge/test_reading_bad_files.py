"""Files that can't be read, or shouldn't: each has its answer, in time, and takes nothing down with it."""

import io
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest

from frontdesk.knowledge import reading
from frontdesk.knowledge.reading import REASONS, Unreadable, child, pdf, sniff
from tests.knowledge import files

Refused = Callable[..., Unreadable]


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """Why bytes can't be read as a file of a name."""

    def refused(data: bytes, name: str = "document.pdf") -> Unreadable:
        path = tmp_path / "file"
        path.write_bytes(data)
        with pytest.raises(Unreadable) as caught:
            list(child.extract(path, name, lambda _done, _of: None))
        assert caught.value.sentence
        return caught.value

    return refused


def read(path: Path, name: str = "document", *, within_s: float = 60, **options: object) -> reading.Extracted:
    return reading.read(path, name, ends=time.monotonic() + within_s, **options)  # pyright: ignore[reportArgumentType]


def test_every_reason_has_its_sentence_in_whole() -> None:
    details = {"size": 300, "most": 50, "pages": 10_000, "found": "a picture"}

    for reason in REASONS:
        assert "{" not in Unreadable(reason, **details).sentence
    assert Unreadable("too_many_pages", **details).sentence.startswith(
        "It has 10,000 pages; at most 50 are read."
    )


def test_a_file_with_a_password_is_refused_and_one_that_opens_without_is_read(
    refused: Refused, tmp_path: Path
) -> None:
    locked, unlocked = (encrypted(password) for password in ("secret", ""))

    assert refused(locked).reason == "encrypted"
    (tmp_path / "open.pdf").write_bytes(unlocked)
    assert [p.text for p in read(tmp_path / "open.pdf").passages] == ["Parking is behind the building."]


def encrypted(password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(files.pdf(["Parking is behind the building."])))
    writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_a_damaged_file_is_refused(refused: Refused) -> None:
    whole = files.pdf(["Parking is behind the building."] * 20)

    assert refused(whole[: len(whole) // 3]).reason == "damaged"
    assert refused(b"%PDF-1.7\n" + b"nothing of the kind " * 50).reason == "damaged"
    assert refused(files.docx("<w:p/>")[:200], "a.docx").reason == "damaged"
    assert refused(files.docx("<w:p>"), "a.docx").reason == "damaged"


def test_a_broken_page_is_unread_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    whole = files.pdf(["Parking is free."], ["Fees are due."])
    picture, first, second, rest = whole.split(b"/FlateDecode", 3)
    path.write_bytes(b"/FlateDecode".join((picture, first, second)) + b"/FlateDecoda" + rest)

    extracted = read(path)

    assert [passage.text for passage in extracted.passages] == ["Parking is free."]
    assert extracted.unread_pages == [2]


def test_an_empty_file_and_one_of_300_mb_are_refused_before_they_are_read(tmp_path: Path) -> None:
    empty, huge = tmp_path / "empty.pdf", tmp_path / "huge.pdf"
    empty.touch()
    with huge.open("wb") as file:
        file.truncate(300_000_000)

    with pytest.raises(Unreadable, match="empty"):
        read(empty)
    with pytest.raises(Unreadable) as caught:
        read(huge)
    assert caught.value.sentence.startswith("The file is too large: 300 MB, and at most 50 MB are read.")


def test_text_has_a_limit_of_its_own(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MOST_TEXT", 1_000)
    assert refused(b"Parking. " * 200, "a.txt").reason == "too_large"
    assert refused(b" \n " * 20, "a.txt").reason == "empty"
    monkeypatch.setattr(child, "MOST_PASSAGES", 3)
    assert refused(b"Parking is free.\n\n" * 4, "a.txt").reason == "too_long"


def test_a_zip_bomb_is_refused_unopened(refused: Refused) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b" " * 40_000_000)
    lying = bytearray(bomb.getvalue())
    size = (40_000_000).to_bytes(4, "little")
    while (place := lying.find(size)) >= 0:
        lying[place : place + 4] = (1_000).to_bytes(4, "little")

    assert refused(bomb.getvalue(), "a.docx").reason == "too_complex"
    assert refused(bytes(lying), "a.docx").reason == "damaged"


def test_xml_that_grows_without_end_is_refused(refused: Refused) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    grows = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(files.docx("<w:p/>"))) as plain, zipfile.ZipFile(grows, "w") as packed:
        for name in plain.namelist():
            data = plain.read(name).decode()
            packed.writestr(
                name,
                f'<!DOCTYPE x [<!ENTITY e0 "xxxxxxxxxx">{entities}]>{data}' if "document" in name else data,
            )
    bomb = grows.getvalue().replace(b"<w:p/>", b"&e11; ")

    assert refused(bomb, "a.docx").reason == "damaged"


def test_a_million_objects_are_counted_not_read(refused: Refused) -> None:
    began = time.process_time()

    assert refused(files.pdf(["Text."], extra=[b"null"] * 1_000_000)).reason == "too_complex"
    assert time.process_time() - began < 20


def test_objects_packed_into_streams_count_too(refused: Refused) -> None:
    packed = files.stream(b"1 0 null", b"/Type/ObjStm/N 900000/First 4")

    assert refused(files.pdf(["Text."], extra=[packed])).reason == "too_complex"


def test_too_many_pages_are_said_with_how_many_and_the_most(refused: Refused) -> None:
    why = refused(files.pdf(*[["Tiny."]] * 10_000))

    assert (why.reason, why.details) == ("too_many_pages", {"pages": 10_000, "most": 2_000})


def test_a_page_that_unpacks_without_end_is_refused(refused: Refused) -> None:
    assert refused(files.of_content(b" " * (pdf.MOST_UNPACKED + 1_000_000))).reason == "too_complex"


def test_pictures_of_text_have_none(refused: Refused) -> None:
    assert refused(files.pdf(None, None)).reason == "no_text"
    assert refused(files.pdf(None, [])).reason == "no_text"
    assert refused(files.docx(""), "a.docx").reason == "no_text"


@pytest.mark.parametrize(
    ("begins", "found"),
    [
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"MZ\x90\x00", "a program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
        (b"{\\rtf1 Parking is free.}", "an RTF file"),
        (b"\x00\x00\x00\x18ftypmp42", "a film"),
    ],
)
def test_what_is_no_document_is_said_whatever_it_is_called(
    refused: Refused, begins: bytes, found: str
) -> None:
    why = refused(begins + bytes(range(256)) * 4, "handbook.pdf")

    assert why.reason == "wrong_type"
    assert found in why.sentence


def test_an_excel_file_and_noise_are_refused(refused: Refused) -> None:
    excel = io.BytesIO()
    with zipfile.ZipFile(excel, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", "<workbook/>")

    assert "an Excel file" in refused(excel.getvalue(), "a.docx").sentence
    assert refused(bytes(range(1, 32)) * 50, "a.txt").reason == "unknown_type"


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("BMI is told at each visit.", "a.txt", "text"),
        ("MZ and BM are letters.", "a.docx", "text"),
        ("Parking is free.", "a.pdf", "text"),
        ("<p>Parking</p><p>is</p><p>free</p>", "a.txt", "html"),
        ("Parking < 2 h is free, <b>more</b> is not.", "a.txt", "text"),
        ("# Parking\n\nFree.", "a.txt", "markdown"),
        ("Parking\n\nFree.", "a.md", "markdown"),
        ("Question,Answer\nWhere?,Here.", "a.txt", "csv"),
        ("Service,Fee\nNote,$20", "a.csv", "csv"),
        ("Well, then\nyes, it is", "a.txt", "text"),
    ],
)
def test_the_content_decides_what_a_file_is(tmp_path: Path, text: str, name: str, kind: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)

    assert sniff.kind(path, name) == kind


# The process of its own. Each start takes half a second, so what needs none is read in this one, above.


def test_progress_is_told_page_by_page(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(files.pdf(["One."], ["Two."], ["Three."]))
    told: list[tuple[int, int]] = []

    def progress(done: int, of: int) -> None:
        told.append((done, of))

    extracted = read(path, progress=progress)

    assert told == [(1, 3), (2, 3), (3, 3)]
    assert extracted.pages == 3


def test_who_raises_at_progress_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(files.pdf(*[["Text."]] * 300))

    class Gone(Exception):
        pass

    def gone(done: int, of: int) -> None:
        raise Gone

    with pytest.raises(Gone):
        read(path, progress=gone)


def test_a_process_that_hangs_is_ended_at_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("Parking is free.")
    stands_in(tmp_path, monkeypatch, "import time; print('{}', end='', flush=True); time.sleep(600)")
    began = time.monotonic()

    with pytest.raises(Unreadable) as caught:
        read(path, within_s=1)

    assert caught.value.reason == "too_slow"
    assert time.monotonic() - began < 10


def test_a_process_that_spins_is_ended_too_and_no_time_is_no_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("Parking is free.")
    with pytest.raises(Unreadable, match="too_slow"):
        read(path, within_s=0)
    stands_in(tmp_path, monkeypatch, "while True: pass")
    with pytest.raises(Unreadable, match="too_slow"):
        read(path, within_s=1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process this way")
def test_a_file_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(files.docx("<w:p/>" * 200_000))

    with pytest.raises(Unreadable, match="too_complex"):
        read(path, memory=150_000_000)


def test_what_the_process_is_told_of_us_is_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("Parking is free.")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not to be told")
    stands_in(
        tmp_path,
        monkeypatch,
        "import json, os; print(json.dumps({'passage': [' '.join(os.environ), '', None]}));"
        "print(json.dumps({'known': {'kind': 'text', 'pages': None, 'unread_pages': [], 'suspicious': []}}))",
    )

    names = read(path).passages[0].text.split()

    assert "PYTHONPATH" in names
    assert not [name for name in names if "AWS" in name]


def stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Has another program run where a document is read."""
    (tmp_path / "standing_in.py").write_text(code)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(reading, "_CHILD", "standing_in")


@pytest.mark.parametrize(
    "text",
    [pytest.param("<!-- a -->" * 200 + "x", id="comments"), pytest.param("-" * 100_000, id="dashes")],
)
def test_what_a_text_is_is_told_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    began = time.monotonic()

    assert sniff.kind(path, "file.txt") == "text"

    assert time.monotonic() - began < 2
